import EventModel
import Foundation
import IngestAPI
import Synchronization
import Testing

@Suite("The results of a batch")
struct BatchResultTests {
    private static func stored(_ number: Int) -> StoredResponse {
        StoredResponse(eventID: EventID(rawValue: UInt128(number)))
    }

    private func text(_ results: [BatchResult]) -> String {
        String(decoding: BatchResponse.response(for: results).body, as: UTF8.self)
    }

    private func failed(_ code: String, _ start: String) -> String {
        #"{"status":"failed","error":{"code":"\#(code)","message":"\#(start)"#
    }

    @Test(
        "are what each event alone would have been answered",
        arguments: [
            (.accepted(stored(1)), #"{"event_id":"000000000000000000000001","status":"accepted"}"#),
            (
                .replayed(stored(2), payloadDiffers: false),
                #"{"event_id":"000000000000000000000002","status":"accepted","idempotent_replay":true}"#
            ),
            (
                .replayed(stored(2), payloadDiffers: true),
                #"{"event_id":"000000000000000000000002","status":"accepted","idempotent_replay":true,"#
                    + #""idempotency_payload_mismatch":true}"#
            ),
            (
                .unknownContact,
                #"{"status":"rejected","errors":[{"field":"privy_id","message":"must be the id of an existing contact"}]}"#
            ),
            (
                .rejected(.keyReusedWithAnotherPayload),
                #"{"status":"rejected","errors":[{"field":"idempotency_key","#
                    + #""message":"was first used with another payload; use a new key for a new event"}]}"#
            ),
        ] as [(IngestOutcome, String)]
    )
    func outcomes(outcome: IngestOutcome, json: String) {
        let accepted = #"{"event_id":"000000000000000000000009","status":"accepted"}"#
        let results = [BatchResult(.accepted(Self.stored(9))), BatchResult(outcome)]
        #expect(text(results) == "{\"results\":[\(accepted),\(json)]}")
        #expect(text([BatchResult(outcome)]) == "{\"results\":[\(json)]}")
        #expect(BatchResponse.response(for: results).headers == [.init("Content-Type", "application/json")])
    }

    @Test(
        "tell of an event that could not be stored beside others that were",
        arguments: [
            (.overloaded, "overloaded", "The server is overloaded"),
            (.storageUnavailable(retryAfterSeconds: 5), "storage_unavailable", "The"),
            (.accountFull, "account_full", "The account"),
        ] as [(APIError, String, String)]
    )
    func failures(error: APIError, code: String, message: String) {
        let accepted = BatchResult(.accepted(Self.stored(1)))
        let results = text([accepted, .failed(error)])
        #expect(results.contains(failed(code, message)))
        #expect(BatchResponse.response(for: [accepted, .failed(error)]).status == 200)
        #expect(
            BatchResponse.response(for: [.failed(error), .rejected([.init(field: "a", message: "b")])]).status == 200
        )
        // If all events failed in the same way, the answer is that of a single event.
        #expect(BatchResponse.response(for: [.failed(error), .failed(error)]) == error.response)
        #expect(BatchResponse.response(for: [.failed(error)]) == error.response)
        #expect(BatchResponse.response(for: [.failed(error), .failed(.internalError)]).status == 200)
    }

    @Test("without an account answer as a token of no account does")
    func noAccount() {
        let results = [IngestOutcome](repeating: .rejected(.unknownAccount), count: 2).map(BatchResult.init)
        #expect(BatchResponse.response(for: results) == APIError.unauthorized.response)
        let full = [BatchResult(.rejected(.accountFull))]
        #expect(BatchResponse.response(for: full) == APIError.accountFull.response)
    }

    @Test("of a full batch are JSON, each in its place")
    func fullBatch() throws {
        let results = (1...Limits.batchEvents).map { number in
            number.isMultiple(of: 7)
                ? BatchResult.rejected([InvalidValue(field: "f\(number)", message: "say \"what\"")])
                : BatchResult(.accepted(Self.stored(number)))
        }
        let answer = try JSONSerialization.jsonObject(with: Data(BatchResponse.response(for: results).body))
        let listed = try #require((answer as? [String: [[String: Any]]])?["results"])
        #expect(listed.count == Limits.batchEvents)
        for (index, result) in listed.enumerated() {
            let number = index + 1
            if number.isMultiple(of: 7) {
                #expect((result["errors"] as? [[String: String]])?.first?["field"] == "f\(number)")
            } else {
                #expect(result["event_id"] as? String == Self.stored(number).eventID.description)
            }
        }
    }

    // MARK: In what order the store is asked

    /// A batch from a form with one letter per event: a lower-case letter is a valid event with that key, and an
    /// upper-case one breaks a rule but has that key. "-" is a valid event without a key, "!" a malformed one.
    private func batch(_ form: String) throws -> ParsedBatch {
        var batch = ParsedBatch()
        for letter in form {
            let fault = InvalidValue(field: "event_type", message: "is required")
            switch letter {
            case "!": batch.append(.malformed(faults: [fault]))
            case "A"..."Z": batch.append(.invalid(faults: [fault], key: try IdempotencyKey(letter.lowercased())))
            default:
                let event = NewEvent(
                    type: try EventType("a"),
                    contact: .email(try EmailAddress("a@b")),
                    idempotencyKey: letter == "-" ? nil : try IdempotencyKey("\(letter)")
                )
                batch.append(.event(event))
            }
        }
        return batch
    }

    /// A store that only knows keys, and the calls that were made to it.
    private struct Keys {
        var known: [IdempotencyKey: StoredResponse] = [:]
        var calls: [String] = []
        var count = 0

        mutating func ingest(_ event: NewEvent) -> BatchResult {
            if let key = event.idempotencyKey, let stored = known[key] {
                return .replayed(stored, payloadDiffers: false)
            }
            count += 1
            let stored = BatchResultTests.stored(count)
            if let key = event.idempotencyKey { known[key] = stored }
            return .accepted(stored)
        }
    }

    @Test(
        "are those that the events would have one after the other, with as few calls as that takes",
        arguments: [
            ("ab-c", "ab-c", "1234"), ("a!b", "ab", "1x2"), ("aZb", "?z ab", "1x2"), ("aXYb", "?x ?y ab", "1xx2"),
            ("aAb", "a ?a b", "1r2"), ("Aab", "?a ab", "x12"), ("abABab", "ab ?a ?b ab", "12rrrr"),
            ("aaA", "aa ?a", "1rr"),
            ("ZaAZ", "?z a ?a ?z", "x1rx"), ("!!", "", "xx"), ("AB", "?a ?b", "xx"), ("aZbZc", "?z ?z abc", "1x2x3"),
            ("aAaAa", "a ?a a ?a a", "1rrrr"),
        ]
    )
    func order(form: String, calls: String, results: String) async throws {
        let batch = try batch(form)
        let keys = Mutex(Keys())
        let found = await batch.results { events in
            keys.withLock { keys in
                keys.calls.append(events.map { $0.idempotencyKey?.description ?? "-" }.joined())
                return events.map { keys.ingest($0) }
            }
        } replay: { key in
            keys.withLock { keys in
                keys.calls.append("?\(key)")
                return keys.known[key].map { .replayed($0, payloadDiffers: true) }
            }
        }
        #expect(keys.withLock { $0.calls.joined(separator: " ") } == calls)
        let told = found.map { result in
            switch result {
            case .accepted(let stored): "\(stored.eventID.rawValue)"
            case .replayed: "r"
            case .rejected: "x"
            case .failed: "f"
            }
        }
        #expect(told.joined() == results)
        #expect(batch.holdsKeysToLookUp == form.contains(where: \.isUppercase))
    }

    @Test("stop at the first call that fails, where failing is thrown")
    func failing() async throws {
        let batch = try batch("aAb")
        await #expect(throws: InvalidValue.self) {
            try await batch.results { _ throws(InvalidValue) in
                throw InvalidValue(field: "a", message: "b")
            } replay: { _ throws(InvalidValue) in
                nil
            }
        }
    }
}
