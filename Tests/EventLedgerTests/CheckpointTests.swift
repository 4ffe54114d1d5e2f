import EventModel
import Testing

@testable import EventLedger

@Suite("Checkpoints")
struct CheckpointTests {
    @Test("the write-ahead log stays near the size from which it is copied, however much is written")
    func logIsBounded() async throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let data = #"{"a":""# + String(repeating: "x", count: 100_000) + #""}"#
            for number in 0..<40 {
                let events = try (0..<20).map { try event(data: data, key: "\(number)-\($0)") }
                for result in await store.ingest(events, into: account) { #expect(try result.get().isAccepted) }
            }
            // 80 MB were written; one transaction has up to 4 MiB.
            let bound = Int64(Limits.checkpointPages) * 4_120 + 6 * 1_024 * 1_024
            #expect(StorePath.size(of: path.writeAheadLog) < bound)
        }
        #expect(StorePath.size(of: path.writeAheadLog) == 0)
    }
}
