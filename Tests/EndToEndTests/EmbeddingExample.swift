// The README's example of embedding the library, between the two marks, word for word. A test compares the two.
// README: begin
import EventLedger

func embeddingExample(storePath: String) async throws -> String {
    let store = try await SQLiteEventStore.open(at: storePath)
    guard let shop = try await store.account(named: Account.defaultName) else { return "no account" }

    let event = NewEvent(
        type: try EventType("order_placed"),
        contact: .email(try EmailAddress("ada@example.com")),
        data: try EventData(#"{"order_id":"1001","total":99.90}"#),
        idempotencyKey: try IdempotencyKey("order-1001")
    )
    let first = try await store.ingest(event, into: shop.id)  // on disk when this returns
    let retry = try await store.ingest(event, into: shop.id)  // the first answer again

    let page = try await store.events(in: shop.id)
    await store.close()

    guard case .accepted(let accepted) = first, case .replayed(accepted, payloadDiffers: false) = retry else {
        return "unexpected"
    }
    return "\(page.events.count) event, \(page.events[0].data?.description ?? "")"
}
// README: end
