package import EventModel

/// The answers of `POST /v1/events?dry_run=true`: those of `POST /v1/events`, but with `"dry_run":true` if they are not
/// failures, and without an event id if no event has been stored.
package enum DryRunResponse {
    /// The answer to the dry run of an event.
    package static func response(for outcome: DryRunOutcome) -> APIResponse {
        switch outcome {
        case .accepted(let contact): accepted(contact)
        case .replayed(let stored, let payloadDiffers): replayed(stored, payloadDiffers: payloadDiffers)
        case .unknownContact: IngestResponse.response(for: .unknownContact)
        case .rejected(let rejection): IngestResponse.response(for: .rejected(rejection))
        }
    }

    /// The answer to a payload that breaks a rule but has a known key.
    package static func response(for outcome: IngestOutcome) -> APIResponse {
        guard case .replayed(let stored, let payloadDiffers) = outcome else {
            return IngestResponse.response(for: outcome)
        }
        return replayed(stored, payloadDiffers: payloadDiffers)
    }

    private static func accepted(_ contact: DryRunContact) -> APIResponse {
        APIResponse(status: 200, reserving: 128) { json in
            json.object { json in
                json.name("dry_run")
                json.boolean(true)
                json.name("status")
                json.word("accepted")
                json.name("contact")
                switch contact {
                case .found(let id):
                    json.word("matched")
                    json.name("privy_id")
                    json.string(id.description)
                case .new:
                    json.word("created")
                }
            }
        }
    }

    private static func replayed(_ stored: StoredResponse, payloadDiffers: Bool) -> APIResponse {
        let headers = IngestResponse.headersOfReplay(payloadDiffers: payloadDiffers)
        return APIResponse(status: 200, headers: headers, reserving: 128) { json in
            json.object { json in
                json.name("dry_run")
                json.boolean(true)
                json.members(of: stored, isReplay: true)
            }
        }
    }
}
