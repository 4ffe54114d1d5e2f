import EventLedger
import EventModel
import Foundation
import Testing

@testable import IngestServer

/// The routes that read, and paths that are not routes.
@Suite struct ReadRouteTests {
    @Test(
        "every route answers a wrong method with 405 and the methods it has",
        arguments: [
            ("/v1/events", "GET, HEAD, POST"), ("/v1/events/000000000000000000000001", "GET, HEAD"),
            ("/v1/contacts", "DELETE, GET, HEAD, PATCH, POST"),
            ("/v1/contacts/cus_0000000000000001", "DELETE, GET, HEAD, PATCH"), ("/v1/contacts/unsubscribe", "POST"),
            ("/v1/contacts/cus_0000000000000001/unsubscribe", "POST"), ("/healthz", "GET, HEAD"),
            ("/readyz", "GET, HEAD"),
        ],
        ["DELETE", "GET", "PUT", "PATCH", "TRACE"]
    )
    func wrongMethod(route: (String, String), method: String) async throws {
        // Other tests cover the methods that the route has.
        guard !route.1.components(separatedBy: ", ").contains(method) else { return }
        try await withServer { server, _ in
            let response = try await server.exchange(.get(route.0, method: method))
            #expect(response.status == 405)
            #expect(response.errorCode == "method_not_allowed")
            let allowed = Set(response["Allow"]?.components(separatedBy: ", ") ?? [])
            #expect(allowed == Set(route.1.components(separatedBy: ", ")))
        }
    }

    @Test(
        "what is no route is answered with 404, with and without a token",
        arguments: [
            "/", "/v1", "/v2/events", "/v1/events/a/b", "/v1/event", "/healthz/x", "/v1/eventsx", "/%00",
            "/v1/contacts/a/b",
        ],
        ["GET", "POST", "DELETE"]
    )
    func unknownRoute(target: String, method: String) async throws {
        try await withServer { server, store in
            for token in [nil, store.token(.eventsRead, .eventsWrite, .contactsRead)] {
                let response = try await server.exchange(.get(target, token, method: method))
                #expect(response.status == 404)
                #expect(response.errorCode == "not_found")
                #expect(response["X-Request-Id"] != nil)
                #expect(response["Content-Type"] == "application/json")
            }
        }
    }

    @Test(
        "each read needs its scope",
        arguments: [
            ("/v1/events", Scope.eventsRead), ("/v1/events/000000000000000000000001", .eventsRead),
            ("/v1/contacts", .contactsRead), ("/v1/contacts/cus_0000000000000001", .contactsRead),
        ]
    )
    func scopes(target: String, scope: Scope) async throws {
        try await withServer { server, store in
            #expect(try await server.exchange(.get(target)).status == 401)
            let wrong = FakeEventStore.account
            let others = TokenSecret.random()
            store.with {
                let scopes = ScopeSet(Scope.allCases.filter { $0 != scope })
                $0.tokens[others.digest] = Authorization(account: wrong, scopes: scopes)
            }
            let response = try await server.exchange(.get(target, others))
            #expect(response.status == 403)
            #expect(response.errorCode == "insufficient_scope")
            #expect([200, 404].contains(try await server.exchange(.get(target, store.token(scope))).status))
        }
    }

    @Test("the feed is read page by page, with what came in byte for byte")
    func feed() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsRead, .eventsWrite)
            for number in 1...3 {
                let body = #"{"event_type":"t","email":"a@b.c","event_data":{"n": \#(number).0}}"#
                #expect(try await server.exchange(.ingest(token, body: body)).status == 200)
            }
            let first = try await server.exchange(.get("/v1/events?limit=2", token))
            #expect(first.status == 200)
            #expect(first.text.contains(#""event_data":{"n": 1.0}"#))
            #expect((first.object?["data"] as? [Any])?.count == 2)
            #expect(first.object?["has_more"] as? Bool == true)
            let cursor = try #require(first.object?["next_cursor"] as? String)
            let second = try await server.exchange(.get("/v1/events?after=\(cursor)", token))
            #expect((second.object?["data"] as? [Any])?.count == 1)
            #expect(second.object?["has_more"] as? Bool == false)
            let one = try await server.exchange(.get("/v1/events/000000000000000000000002", token))
            #expect(one.text.contains(#""event_data":{"n": 2.0}"#))
        }
    }

    @Test(
        "an unknown id, one of a wrong form and one of another account are all the same 404",
        arguments: [
            ("/v1/events/", "000000000000000000000001"), ("/v1/contacts/", "cus_0000000000000001"),
        ]
    )
    func sameNotFound(path: String, existing: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsRead, .eventsWrite, .contactsRead)
            let foreign = store.token(.eventsRead, .contactsRead, account: Account.ID(rawValue: 2))
            #expect(try await server.exchange(.ingest(token)).status == 200)
            #expect(try await server.exchange(.get(path + existing, token)).status == 200)
            let unknown = String(existing.dropLast()) + "9"
            var answers: [WireResponse] = [try await server.exchange(.get(path + existing, foreign))]
            for id in [unknown, "x", existing.uppercased() + "A", "%20", existing + "0"] {
                answers.append(try await server.exchange(.get(path + id, token)))
            }
            #expect(Set(answers.map(\.status)) == [404])
            #expect(Set(answers.map(\.text)).count == 1)
        }
    }

    @Test(
        "contacts are found by id, by address in any case and by number, plus sign as it is or escaped",
        arguments: [
            ("/v1/contacts?email=ADA%40example.com", 1), ("/v1/contacts?email=ada@example.com", 1),
            ("/v1/contacts?phone_number=+4912345", 1), ("/v1/contacts?phone_number=%2B4912345", 1),
            ("/v1/contacts?phone_number=%2b4912345", 1), ("/v1/contacts?email=nobody@example.com", 0),
            ("/v1/contacts?phone_number=+4999999", 0), ("/v1/contacts", 2), ("/v1/contacts?per_page=1", 1),
            ("/v1/contacts?per_page=1&page=2", 1), ("/v1/contacts?per_page=1&page=3", 0),
            ("/v1/contacts?unknown=1", 2), ("/v1/contacts?", 2), ("/v1/contacts?&&", 2),
        ]
    )
    func contacts(target: String, count: Int) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .contactsRead)
            for contact in [#""email":"ada@example.com""#, #""phone":"+4912345""#] {
                let body = #"{"event_type":"t",\#(contact)}"#
                #expect(try await server.exchange(.ingest(token, body: body)).status == 200)
            }
            let response = try await server.exchange(.get(target, token))
            #expect(response.status == 200)
            #expect((response.object?["data"] as? [Any])?.count == count)
            let pagination = response.object?["pagination"] as? [String: Any]
            #expect(Set(pagination?.keys.map { $0 } ?? []) == ["page", "per_page", "total_count", "total_pages"])
        }
    }

    @Test(
        "a parameter that cannot be used is named",
        arguments: [
            ("/v1/events?limit=0", "limit"), ("/v1/events?limit=1001", "limit"), ("/v1/events?limit=x", "limit"),
            ("/v1/events?limit=1&limit=2", "limit"), ("/v1/events?after=x", "after"),
            ("/v1/events?after=00000000000000000000ffff", "after"), ("/v1/events?event_type=%20", "event_type"),
            ("/v1/events?contact=x", "contact"), ("/v1/contacts?page=0", "page"),
            ("/v1/contacts?per_page=101", "per_page"),
            ("/v1/contacts?email=x", "email"), ("/v1/contacts?phone_number=4912345", "phone_number"),
        ]
    )
    func badParameter(target: String, field: String) async throws {
        try await withServer { server, store in
            let response = try await server.exchange(.get(target, store.token(.eventsRead, .contactsRead)))
            #expect(response.status == 422)
            #expect(response.errorCode == "validation_failed")
            let details = (response.object?["error"] as? [String: Any])?["details"] as? [[String: Any]]
            #expect(details?.compactMap { $0["field"] as? String } == [field])
        }
    }

    @Test("a query that is no percent-encoded UTF-8 is refused", arguments: ["%", "%4", "%zz", "%ff", "%C3%28"])
    func brokenQuery(escape: String) async throws {
        try await withServer { server, store in
            let response = try await server.exchange(.get("/v1/contacts?email=\(escape)", store.token(.contactsRead)))
            #expect(response.status == 400)
            #expect(response.errorCode == "bad_request")
        }
    }

    @Test(
        "HEAD answers with the head of GET and no body",
        arguments: ["/healthz", "/v1/events", "/nowhere", "/readyz"]
    )
    func head(target: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsRead)
            let connection = try await server.connect()
            let get = try await connection.exchange(.get(target, token))
            let head = try await connection.exchange(.get(target, token, method: "HEAD"))
            #expect(head.status == get.status)
            #expect(head["Content-Length"] == get["Content-Length"])
            // No bytes of a body came before the next answer.
            #expect(try await connection.exchange(.get("/healthz")).status == 200)
        }
    }

    @Test("health and readiness need no token")
    func health() async throws {
        try await withServer { server, store in
            #expect(try await server.exchange(.get("/healthz")).text == #"{"status":"ok"}"#)
            #expect(try await server.exchange(.get("/readyz")).text == #"{"status":"ready"}"#)
            store.with { $0.failure = .writeFailed(reason: "secret-reason") }
            #expect(try await server.exchange(.get("/healthz")).status == 200)
            let response = try await server.exchange(.get("/readyz"))
            #expect(response.status == 503)
            #expect(response.errorCode != nil)
            #expect(!response.text.contains("secret-reason"))
        }
    }

    @Test("the absolute form of a target is understood", arguments: ["GET", "POST"])
    func absoluteForm(method: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsRead, .eventsWrite)
            var request = method == "GET" ? WireRequest.get("/v1/events", token) : .ingest(token)
            request.target = "http://localhost/v1/events"
            let response = try await server.exchange(request)
            #expect(response.status == 200)
        }
    }
}
