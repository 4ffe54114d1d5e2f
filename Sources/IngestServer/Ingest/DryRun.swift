import EventLedger
import IngestAPI

/// Answers `POST /v1/events?dry_run=true`: what would become of the event.
///
/// Nothing waits in line behind a dry run, so it runs in a task.
struct DryRun: Sendable {
    let store: any EventStore

    func run(_ parsed: ParsedIngest, in account: Account.ID, _ answer: @escaping BatchIngest.Answer) {
        Task {
            do throws(StoreError) {
                let response = try await response(to: parsed, in: account)
                answer { response }
            } catch {
                answer { APIError(error).response }
            }
        }
    }

    private func response(to parsed: ParsedIngest, in account: Account.ID) async throws(StoreError) -> APIResponse {
        switch parsed {
        case .event(let event):
            return DryRunResponse.response(for: try await store.dryRun(event, into: account))
        case .invalid(let faults, let key?):
            // A known key decides the answer, whatever else the body says.
            let outcome = try await store.dryRun(replayOf: key, in: account)
            return outcome.map(DryRunResponse.response(for:)) ?? IngestResponse.rejected(faults)
        case .invalid(let faults, nil), .malformed(let faults):
            return IngestResponse.rejected(faults)
        }
    }
}
