package import EventModel

/// What became of one event of a batch.
package enum BatchResult: Sendable, Hashable {
    /// The event is stored.
    case accepted(StoredResponse)
    /// The key was known, so nothing new was stored; `payloadDiffers` is set if the key was first used with another
    /// payload.
    case replayed(StoredResponse, payloadDiffers: Bool)
    /// The event breaks rules; nothing of it was stored, and the same event will be rejected again.
    case rejected([InvalidValue])
    /// The event could not be stored, for a reason other than the event itself.
    case failed(APIError)

    /// Creates the result that an event's outcome in the store has in a batch.
    package init(_ outcome: IngestOutcome) {
        switch outcome {
        case .accepted(let stored):
            self = .accepted(stored)
        case .replayed(let stored, let payloadDiffers):
            self = .replayed(stored, payloadDiffers: payloadDiffers)
        case .unknownContact:
            self = .rejected([.unknownContact])
        case .rejected(.keyReusedWithAnotherPayload):
            self = .rejected([
                InvalidValue(
                    field: "idempotency_key",
                    message: "was first used with another payload; use a new key for a new event"
                )
            ])
        case .rejected(.unknownAccount):
            self = .failed(.unauthorized)
        case .rejected(.accountFull):
            self = .failed(.accountFull)
        }
    }
}

/// The answers of `POST /v1/events/batch`.
package enum BatchResponse {
    /// About how many bytes the result of an accepted event takes.
    private static let byteCountOfResult = 72

    /// The answer to a batch: `{"results":[…]}`, or the failure if it is the same for all of its events.
    package static func response(for results: [BatchResult]) -> APIResponse {
        precondition(!results.isEmpty, "a batch holds at least one event")
        if let failure = commonFailure(of: results) { return failure.response }
        return APIResponse(status: 200, reserving: 16 + byteCountOfResult * results.count) { json in
            json.object { json in
                json.name("results")
                json.array(results) { $0.result($1) }
            }
        }
    }

    private static func commonFailure(of results: [BatchResult]) -> APIError? {
        guard case .failed(let error) = results.first, results.allSatisfy({ $0 == .failed(error) }) else { return nil }
        return error
    }
}

extension JSONWriter {
    /// Writes what became of one event of a batch. For a stored event it holds what the answer to the event alone would
    /// hold, with a member in place of the header that reports another payload.
    fileprivate mutating func result(_ result: BatchResult) {
        object { json in
            switch result {
            case .accepted(let stored):
                json.members(of: stored, isReplay: false)
            case .replayed(let stored, let payloadDiffers):
                json.members(of: stored, isReplay: true)
                if payloadDiffers {
                    json.name("idempotency_payload_mismatch")
                    json.boolean(true)
                }
            case .rejected(let faults):
                json.name("status")
                json.word("rejected")
                json.name("errors")
                json.faults(faults)
            case .failed(let error):
                json.name("status")
                json.word("failed")
                json.name("error")
                json.object { json in
                    json.name("code")
                    json.string(error.code)
                    json.name("message")
                    json.string(error.message)
                }
            }
        }
    }
}
