package import EventModel

/// The answers of `POST /v1/events`.
package enum IngestResponse {
    /// The answer to an event that was offered to the store.
    package static func response(for outcome: IngestOutcome) -> APIResponse {
        switch outcome {
        case .accepted(let stored):
            return answer(stored, isReplay: false)
        case .replayed(let stored, let payloadDiffers):
            return answer(stored, isReplay: true, payloadDiffers: payloadDiffers)
        case .unknownContact:
            return rejected([.unknownContact])
        case .rejected(.keyReusedWithAnotherPayload):
            return APIError.idempotencyKeyReused.response
        case .rejected(.unknownAccount):
            // The account no longer exists in the store, so its token is no longer valid.
            return APIError.unauthorized.response
        case .rejected(.accountFull):
            return APIError.accountFull.response
        }
    }

    /// The fields that distinguish a replay from the first answer.
    static func headersOfReplay(payloadDiffers: Bool) -> [APIResponse.Header] {
        [.init("Idempotent-Replayed", "true")]
            + (payloadDiffers ? [.init("Idempotency-Payload-Mismatch", "true")] : [])
    }

    /// The answer to a payload that breaks rules: 400 with a top-level `errors` array, and no envelope.
    package static func rejected(_ faults: [InvalidValue]) -> APIResponse {
        precondition(!faults.isEmpty, "a payload is rejected for a reason")
        return APIResponse(status: 400) { json in
            json.object { json in
                json.name("errors")
                json.faults(faults)
            }
        }
    }

    /// The first answer of a key; a replay has one more member, and its own header fields.
    private static func answer(
        _ stored: StoredResponse,
        isReplay: Bool,
        payloadDiffers: Bool = false
    ) -> APIResponse {
        let headers = isReplay ? headersOfReplay(payloadDiffers: payloadDiffers) : []
        return APIResponse(status: 200, headers: headers, reserving: 96) { json in
            json.object { $0.members(of: stored, isReplay: isReplay) }
        }
    }
}

extension InvalidValue {
    /// The fault of an event that names a contact by an id that does not exist.
    static let unknownContact = InvalidValue(field: "privy_id", message: "must be the id of an existing contact")
}

extension JSONWriter {
    /// Writes the members of the first answer of a key; a replay has one more.
    mutating func members(of stored: StoredResponse, isReplay: Bool) {
        name("event_id")
        quoted { stored.eventID.write(to: &$0) }
        name("status")
        word("accepted")
        if isReplay {
            name("idempotent_replay")
            boolean(true)
        }
    }
}
