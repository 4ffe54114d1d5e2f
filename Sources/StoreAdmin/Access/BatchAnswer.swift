import EventLedger

/// The answer that another process gave to a batch of events.
struct BatchAnswer: Decodable {
    /// What became of the events, in the order of the batch.
    var results: [LineResult] { entries.map(\.result) }

    private var entries: [Entry]

    private enum CodingKeys: String, CodingKey {
        case entries = "results"
    }

    private struct Entry: Decodable {
        struct Fault: Decodable {
            var field: String
            var message: String
        }

        struct Failure: Decodable {
            var message: String
        }

        var status: String
        var isReplay: Bool?
        var payloadDiffers: Bool?
        var errors: [Fault]?
        var error: Failure?

        enum CodingKeys: String, CodingKey {
            case status, errors, error
            case isReplay = "idempotent_replay"
            case payloadDiffers = "idempotency_payload_mismatch"
        }

        var result: LineResult {
            switch status {
            case "accepted" where isReplay == true: .replayed(payloadDiffers: payloadDiffers ?? false)
            case "accepted": .accepted
            case "rejected":
                .rejected((errors ?? []).map { InvalidValue(field: $0.field, message: $0.message) })
            default: .failed(reason: error?.message ?? "the answer is not of a form that this version knows")
            }
        }
    }
}
