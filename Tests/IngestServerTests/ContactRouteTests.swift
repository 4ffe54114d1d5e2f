import EventLedger
import EventModel
import Foundation
import Testing

@testable import IngestServer

/// The routes that change contacts, over the real store.
@Suite struct ContactRouteTests {
    @Test("a contact is created, changed, unsubscribed and deleted over HTTP")
    func life() async throws {
        try await withRealServer { server, token in
            let created = try await server.exchange(
                .json("POST", "/v1/contacts", token, #"{"email":"ada@example.com","tags":["vip"]}"#)
            )
            #expect(created.status == 201)
            let id = try #require(created.contact["id"] as? String)
            #expect(created["Location"] == "/v1/contacts/\(id)")
            #expect(created.contact["unsubscribed_at"] is NSNull)

            let patched = try await server.exchange(
                .json("PATCH", "/v1/contacts/\(id)", token, #"{"first_name":"Ada","phone_number":"+4912345"}"#)
            )
            #expect(patched.status == 200)
            #expect(patched.contact["first_name"] as? String == "Ada")
            #expect(patched.contact["tags"] as? [String] == ["vip"])
            let byBody = try await server.exchange(
                .json("PATCH", "/v1/contacts", token, #"{"phone_number":"+4912345","custom_fields":{"n":1.50}}"#)
            )
            #expect(byBody.text.contains(#""custom_fields":{"n":1.50}"#))

            let unsubscribed = try await server.exchange(
                .json("POST", "/v1/contacts/unsubscribe", token, #"{"email":"ADA@example.com","reason":"asked"}"#)
            )
            #expect(unsubscribed.contact["unsubscribe_reason"] as? String == "asked")
            let again = try await server.exchange(.json("POST", "/v1/contacts/\(id)/unsubscribe", token, ""))
            #expect(again.text == unsubscribed.text)
            #expect(try await server.exchange(.get("/v1/contacts/\(id)", token)).text == again.text)

            let deleted = try await server.exchange(.json("DELETE", "/v1/contacts/\(id)", token, ""))
            #expect(deleted.text == again.text)
            for request in [
                WireRequest.get("/v1/contacts/\(id)", token), .json("DELETE", "/v1/contacts/\(id)", token, ""),
                .json("PATCH", "/v1/contacts/\(id)", token, #"{"tags":[]}"#),
                .json("DELETE", "/v1/contacts", token, #"{"email":"ada@example.com"}"#),
                .json("POST", "/v1/contacts/\(id)/unsubscribe", token, ""),
            ] {
                let response = try await server.exchange(request)
                #expect(response.status == 404)
                #expect(response.errorCode == "not_found")
            }
        }
    }

    @Test("a contact whose address is taken is refused with the id of the one that has it")
    func conflict() async throws {
        try await withRealServer { server, token in
            _ = try await server.exchange(.ingest(token))
            let known = try await server.exchange(.get("/v1/contacts?email=ada@example.com", token))
            let id = try #require((known.object?["data"] as? [[String: Any]])?.first?["id"] as? String)
            let response = try await server.exchange(
                .json("POST", "/v1/contacts", token, #"{"email":"ADA@example.com"}"#)
            )
            #expect(response.status == 409)
            #expect(response.errorCode == "conflict")
            let error = response.object?["error"] as? [String: Any]
            #expect(error?["id"] as? String == id)
            #expect(response["Location"] == "/v1/contacts/\(id)")
            #expect((error?["details"] as? [[String: Any]])?.compactMap { $0["field"] as? String } == ["email"])
        }
    }

    @Test("an address never changes, which is told with its field")
    func unchangeable() async throws {
        try await withRealServer { server, token in
            let created = try await server.exchange(.json("POST", "/v1/contacts", token, #"{"email":"a@b.c"}"#))
            let id = try #require(created.contact["id"] as? String)
            let response = try await server.exchange(
                .json("PATCH", "/v1/contacts/\(id)", token, #"{"email":"x@b.c"}"#)
            )
            #expect(response.status == 422)
            #expect(response.errorCode == "validation_failed")
            #expect(response.text.contains(#""field":"email""#))
        }
    }

    static let routes: [(method: String, target: String)] = [
        ("POST", "/v1/contacts"), ("PATCH", "/v1/contacts"), ("DELETE", "/v1/contacts"),
        ("PATCH", "/v1/contacts/cus_0000000000000001"), ("DELETE", "/v1/contacts/cus_0000000000000001"),
        ("POST", "/v1/contacts/unsubscribe"), ("POST", "/v1/contacts/cus_0000000000000001/unsubscribe"),
    ]

    @Test("a change is refused by the first of the checks, in the order of the contract", arguments: routes)
    func checks(route: (method: String, target: String)) async throws {
        try await withServer { server, store in
            let good = store.token(.contactsWrite)
            let wrong = store.token(.contactsRead, .eventsRead, .eventsWrite)
            let tooLarge = String(repeating: " ", count: Limits.contactBodyBytes + 1)
            let checks: [(token: TokenSecret?, type: String, body: String, status: Int)] = [
                (nil, "text/plain", tooLarge, 401), (wrong, "text/plain", tooLarge, 403),
                (good, "text/plain", tooLarge, 413), (good, "text/plain", "[", 415),
            ]
            for check in checks {
                var request = WireRequest.json(route.method, route.target, check.token, check.body)
                request.fields.append(("Content-Type", check.type))
                let response = try await server.exchange(request)
                #expect(response.status == check.status)
            }
            var chunked = WireRequest.json(route.method, route.target, good, tooLarge)
            chunked.framing = .chunked(bytes: 10_000)
            let response = try await server.exchange(chunked)
            #expect(response.status == 413)
            // The one route that reads no body accepts any.
            let reads = route.method != "DELETE" || route.target == "/v1/contacts"
            for (body, status) in [("[", 400), (#"{"reason":1,"tags":1}"#, 422)] where reads {
                let response = try await server.exchange(.json(route.method, route.target, good, body))
                #expect(response.status == status)
            }
            #expect(store.with { $0.contactChanges.isEmpty })
        }
    }

    @Test("an id of a wrong form is not found", arguments: ["PATCH", "DELETE"])
    func wrongID(method: String) async throws {
        try await withServer { server, store in
            let request = WireRequest.json(method, "/v1/contacts/x", store.token(.contactsWrite), #"{"tags":[]}"#)
            let response = try await server.exchange(request)
            #expect(response.status == 404)
            #expect(store.with { $0.contactChanges.isEmpty })
        }
    }

    @Test("a store that cannot write answers 503, and a full account 507")
    func failures() async throws {
        try await withServer { server, store in
            let request = WireRequest.json("POST", "/v1/contacts", store.token(.contactsWrite), #"{"email":"a@b.c"}"#)
            store.with { $0.failure = .diskFull }
            let full = try await server.exchange(request)
            #expect(full.status == 503)
            #expect(full["Retry-After"] != nil)
            store.with {
                $0.failure = nil
                $0.contactOutcome = .rejected(.accountFull)
            }
            #expect(try await server.exchange(request).status == 507)
            store.with { $0.contactOutcome = .rejected(.unknownAccount) }
            #expect(try await server.exchange(request).status == 401)
        }
    }

    private func withRealServer(_ body: (ServerUnderTest, TokenSecret) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteEventStore.open(at: folder + "/events.db")
            let secret = TokenSecret.random()
            _ = try await store.perform(
                .createToken(
                    account: Account.defaultName,
                    name: "test",
                    scopes: ScopeSet(Scope.allCases),
                    digest: secret.digest.bytes,
                    expiresAt: nil
                )
            )
            try await withServer(over: store) { server in try await body(server, secret) }
            await store.close()
        }
    }
}

extension WireRequest {
    /// A request with a body of JSON.
    static func json(_ method: String, _ target: String, _ token: TokenSecret?, _ body: String) -> WireRequest {
        var request = WireRequest.get(target, token, method: method)
        request.framing = .length
        request.body = Array(body.utf8)
        return request
    }
}

extension WireResponse {
    /// The members of the contact in the answer.
    fileprivate var contact: [String: Any] { object?["data"] as? [String: Any] ?? [:] }
}
