import EventModel

extension WireRequest {
    /// A batch of events on lines.
    static func batch(_ token: TokenSecret?, _ events: [String], lineEnd: String = "\n") -> WireRequest {
        var request = WireRequest.ingest(token, body: events.map { $0 + lineEnd }.joined())
        request.target = "/v1/events/batch"
        return request.adding("Content-Type", "application/x-ndjson")
    }

    /// A batch of events in a JSON array.
    static func array(_ token: TokenSecret?, _ events: [String]) -> WireRequest {
        var request = WireRequest.ingest(token, body: "[" + events.joined(separator: ",") + "]")
        request.target = "/v1/events/batch"
        return request.adding("Content-Type", "application/json")
    }

    /// A valid event of a type, with a key if one is given.
    static func event(_ type: String, key: String? = nil) -> String {
        let key = key.map { ",\"idempotency_key\":\"\($0)\"" } ?? ""
        return "{\"event_type\":\"\(type)\",\"email\":\"ada@example.com\"\(key)}"
    }
}

extension WireResponse {
    /// The results of a batch.
    var results: [[String: Any]]? { object?["results"] as? [[String: Any]] }

    /// The result of each event of a batch, in short: the number of its id, "r" and the id's number for a replay, "m"
    /// for one with another payload, the fields at fault, or the code of the failure.
    var outcomes: [String] {
        (results ?? []).map { result in
            switch result["status"] as? String {
            case "accepted":
                let number = String((result["event_id"] as? String ?? "?").drop { $0 == "0" })
                if result["idempotency_payload_mismatch"] as? Bool == true { return "m" + number }
                return (result["idempotent_replay"] as? Bool == true ? "r" : "") + number
            case "rejected":
                let fields = (result["errors"] as? [[String: Any]])?.compactMap { $0["field"] as? String }
                return (fields ?? []).joined(separator: "+")
            case "failed":
                return (result["error"] as? [String: Any])?["code"] as? String ?? "?"
            default:
                return "?"
            }
        }
    }
}
