import EventLedger
import Foundation
import Testing

@testable import StoreAdmin

@Suite("Export of what is far apart")
struct ExportWalkTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("The key of an event is its own behind more entries of other accounts than are looked at at a time")
    func farKey() async throws {
        try await folder.filling { store, _ in
            _ = try await store.perform(.createAccount(name: "acme", isStrict: false))
            try await store.ingest("a", into: try #require(try await store.account(named: "acme")).id)
        }
        let last = Limits.rowsScannedPerPage + 2
        try folder.change(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(last))
            INSERT INTO idempotency (entry, account_id, key, fingerprint, event_sequence, accepted_at_ms)
            SELECT i, iif(i = \(last), 2, 1), 'k' || i, zeroblob(10), iif(i = \(last), 1, i), 0 FROM n
            """
        )
        let result = try await AdminTool.run(["export", "--account", "acme"], store: folder.store, in: folder)
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(result.lines.count == 1 && result.text.contains("\"idempotency_key\":\"k\(last)\""))
    }

    @Test("It goes on after an event that was erased together with the next one")
    func afterErased() async throws {
        let ids = try await folder.filling { store, account in
            var ids: [EventID] = []
            for number in 0..<4 { ids.append(try await store.ingest("t\(number)", into: account)) }
            return ids
        }
        let erased = try await AdminTool.run(
            ["event", "erase", "\(ids[1])", "\(ids[2])"],
            store: folder.store,
            in: folder
        )
        #expect(erased.exitCode == 0, "\(erased.diagnostics)")
        let result = try await AdminTool.run(["export", "--after", "\(ids[1])"], store: folder.store, in: folder)
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(result.lines.count == 1 && result.text.contains("\"event_type\":\"t3\""))
    }
}
