import EventLedger
import EventModel
import TestSupport
import Testing

@testable import IngestServer

/// What a client is answered when the store cannot do what it is asked.
@Suite struct StoreFailureTests {
    static let failures: [(StoreError, String)] = [
        (.overloaded, "overloaded"), (.diskFull, "storage_unavailable"), (.closed, "storage_unavailable"),
        (.writeFailed(reason: "secret-reason"), "storage_unavailable"),
        (.damaged(reason: "secret-reason"), "storage_unavailable"),
        (.unavailable(reason: "secret-reason"), "storage_unavailable"),
        (.inUse(processID: 4_711), "storage_unavailable"),
        (.newerSchema(found: 2, known: 1), "storage_unavailable"),
        (.needsMigration(found: 1, known: 2), "storage_unavailable"),
        (.migrationMismatch(reason: "secret-reason"), "storage_unavailable"),
        (.unexpected(reason: "secret-reason"), "storage_unavailable"),
    ]

    @Test("a failing store is a 503 with Retry-After, on every route", arguments: failures)
    func failingStore(failure: StoreError, code: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead, .contactsRead)
            store.with { $0.failure = failure }
            for request: WireRequest in [
                .ingest(token), .ingest(token, key: "k", body: "{}"), .get("/v1/events", token),
                .get("/v1/contacts", token), .get("/v1/events/000000000000000000000001", token),
                .get("/v1/contacts/cus_0000000000000001", token),
            ] {
                let response = try await server.exchange(request)
                #expect(response.status == 503)
                #expect(response.errorCode == code)
                #expect((response["Retry-After"].flatMap { Int($0) } ?? 0) >= 1)
                #expect(!response.text.contains("secret-reason") && !response.text.contains("4711"))
            }
            // The connection and the server still work.
            store.with { $0.failure = nil }
            #expect(try await server.exchange(.ingest(token)).status == 200)
        }
    }

    @Test(
        "an answer says that nothing was stored only where that is known",
        arguments: [
            (.diskFull, true), (.damaged(reason: "r"), true), (.closed, true), (.writeFailed(reason: "r"), false),
        ]
            as [(StoreError, Bool)]
    )
    func inDoubt(failure: StoreError, isKnown: Bool) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            store.with { $0.failure = failure }
            let response = try await server.exchange(.ingest(token))
            #expect(response.text.contains("nothing was stored") == isKnown)
            #expect(response.text.contains("not known whether this was stored") == !isKnown)
            let read = try await server.exchange(.get("/v1/events", token))
            #expect(read.text.contains("The store cannot be read") && !read.text.contains("stored"))
            let isTold = [.damaged(reason: "r"), .writeFailed(reason: "r")].contains(failure)
            #expect(server.log.text.contains("the store could not answer") == isTold)
        }
    }

    @Test(
        "every outcome has its answer",
        arguments: [
            (.unknownContact, 400), (.rejected(.keyReusedWithAnotherPayload), 422), (.rejected(.unknownAccount), 401),
        ] as [(IngestOutcome, Int)]
    )
    func outcomes(outcome: IngestOutcome, status: Int) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            store.with { $0.forcedOutcome = outcome }
            let response = try await server.exchange(.ingest(token))
            #expect(response.status == status)
            switch outcome {
            case .unknownContact: #expect(response.faultyFields == ["privy_id"])
            case .rejected(.keyReusedWithAnotherPayload): #expect(response.errorCode == "idempotency_key_reused")
            default: #expect(response.errorCode == "unauthorized")
            }
        }
    }
}
