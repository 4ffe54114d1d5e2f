import EventLedger
import EventModel
import Foundation
import Hummingbird
import IngestAPI
import Testing

@testable import IngestServer

/// The OpenAPI document, compared with the server.
@Suite struct DocumentTests {
    private let document: [String: Any]

    init() throws {
        let json = try JSONSerialization.jsonObject(with: Data(APIDocument.bytes))
        document = try #require(json as? [String: Any])
    }

    private var paths: [String: [String: Any]] { document["paths"] as? [String: [String: Any]] ?? [:] }

    private func schema(_ name: String) throws -> [String: Any] {
        let components = document["components"] as? [String: Any]
        return try #require((components?["schemas"] as? [String: Any])?[name] as? [String: Any])
    }

    private func members(of schema: String) throws -> Set<String> {
        Set(try #require(try self.schema(schema)["properties"] as? [String: Any]).keys)
    }

    @Test("is served as it stands in its file, without a token")
    func served() async throws {
        try await withServer { server, _ in
            let response = try await server.exchange(.get("/openapi.json"))
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(response.body == APIDocument.bytes)
        }
    }

    @Test("has every route with its methods, and no other")
    func routes() {
        // HEAD is answered wherever GET is; the document says so once.
        let store = FakeEventStore()
        let router = PublicRouter.make(
            over: store,
            authorization: RequestAuthorization(store: store, issuer: nil),
            ServerFigures(store: store, connections: ConnectionRegistry())
        )
        var served: Set<String> = ["POST /v1/events", "POST /v1/events/batch"]
        for route in router.routes where route.method != .head {
            let path = route.path.description.split(separator: "/").map { part in
                part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
            }
            served.insert("\(route.method.rawValue) /\(path.joined(separator: "/"))")
        }
        // Routed only to say that they are not routes.
        served.subtract(["GET /v1/events/batch"])
        served.subtract(["GET", "PATCH", "DELETE"].map { "\($0) /v1/contacts/unsubscribe" })
        let documented = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
        #expect(Set(documented) == served)
        #expect(Set(paths.keys) == Set(Route.allCases.map(\.rawValue)).subtracting([Route.other.rawValue]))
        for (path, methods) in paths {
            let filled = path.replacing(/{[a-z_]+}/, with: "x")
            let allowed = Set(PublicRouter.allowedMethods(path: filled) ?? []).subtracting(["HEAD"])
            #expect(allowed == Set(methods.keys.map { $0.uppercased() }), "\(path)")
        }
    }

    @Test("every operation names itself once, its scope, and every answer that any route can have")
    func operations() throws {
        var names: [String] = []
        for (path, methods) in paths {
            for (method, value) in methods {
                let operation = try #require(value as? [String: Any])
                names.append(try #require(operation["operationId"] as? String))
                let answers = try #require(operation["responses"] as? [String: Any])
                let security = try #require(operation["security"] as? [[String: Any]])
                let hasToken = security.contains { $0["bearer"] != nil }
                var expected: Set<String> = ["400", "408", "431", "500"]
                if hasToken { expected.formUnion(["401", "403", "406", "429", "503"]) }
                if operation["requestBody"] != nil { expected.formUnion(["413", "415"]) }
                #expect(expected.isSubset(of: answers.keys), "\(method) \(path)")
                if hasToken {
                    let text = operation["description"] as? String ?? ""
                    #expect(Scope.allCases.contains { text.hasPrefix("Scope \($0.rawValue).") }, "\(method) \(path)")
                }
            }
        }
        #expect(Set(names).count == names.count)
    }

    @Test("has every member of every answer, and no other")
    func answers() throws {
        let id = try #require(EventID("507f1f77bcf86cd799439011"))
        let contactID = try #require(ContactID("cus_0123456789abcdef"))
        let time = Timestamp(millisecondsSinceEpoch: 0)
        let contact = Contact(
            id: contactID,
            email: nil,
            phoneNumber: nil,
            createdAt: time,
            updatedAt: time
        )
        let event = RecordedEvent(
            id: id,
            sequence: 1,
            type: try EventType("t"),
            contact: contactID,
            time: EventTime(time),
            receivedAt: time,
            data: nil
        )
        let replay = IngestOutcome.replayed(StoredResponse(eventID: id), payloadDiffers: true)
        let query = try ContactQuery([])
        let holders = [ContactChange.Taken(address: .email, contact: contactID)]
        let dryRuns = [
            DryRunResponse.response(for: .accepted(contact: .found(contactID))), DryRunResponse.response(for: replay),
        ]
        let answers: [(schema: String, responses: [APIResponse], at: [String])] = [
            ("IngestAnswer", [IngestResponse.response(for: replay)], []), ("DryRunAnswer", dryRuns, []),
            ("Rejection", [IngestResponse.rejected([InvalidValue(field: "f", message: "m")])], []),
            ("Fault", [IngestResponse.rejected([InvalidValue(field: "f", message: "m")])], ["errors"]),
            ("Contact", [ReadResponse.contact(contact)], ["data"]),
            ("ContactAnswer", [ReadResponse.contact(contact)], []),
            ("ContactPage", [ReadResponse.contacts(ContactPage(contacts: [], totalCount: 0), for: query)], []),
            ("RecordedEvent", [ReadResponse.event(event)], ["data"]),
            ("EventPage", [ReadResponse.events(EventPage(events: [], nextCursor: nil, hasMore: false))], []),
            ("Error", [APIError.contactExists(holders).response], []), ("Status", [ReadResponse.status("ok")], []),
            ("TokenAnswer", [TokenResponse.accessToken("t", scopes: ScopeSet([.eventsRead]), createdAt: time)], []),
            ("BatchAnswer", [BatchResponse.response(for: [BatchResult(replay)])], []),
        ]
        for answer in answers {
            var written: Set<String> = []
            for response in answer.responses {
                var value = try JSONSerialization.jsonObject(with: Data(response.body))
                for name in answer.at {
                    value = try #require((value as? [String: Any])?[name])
                    if let list = value as? [Any] { value = try #require(list.first) }
                }
                written.formUnion(try #require(value as? [String: Any]).keys)
            }
            #expect(try members(of: answer.schema) == written, "\(answer.schema)")
        }
        let error = try #require((try schema("Error")["properties"] as? [String: [String: Any]])?["error"])
        let envelope = try JSONSerialization.jsonObject(with: Data(APIError.contactExists(holders).response.body))
        let envelopeMembers = ((envelope as? [String: Any])?["error"] as? [String: Any])?.keys.map { $0 } ?? []
        #expect(Set((error["properties"] as? [String: Any] ?? [:]).keys) == Set(envelopeMembers))
        let pagination = (try schema("ContactPage")["properties"] as? [String: [String: Any]])?["pagination"]
        #expect(
            Set((pagination?["properties"] as? [String: Any] ?? [:]).keys)
                == ["page", "per_page", "total_count", "total_pages"]
        )
    }

    @Test("every answer that can follow a good token has the fields of the rate limits, and no other success has them")
    func rateLimits() throws {
        let window = RateLimitReport.Window(limit: 1, remaining: 1, resetsAt: 1)
        let report = RateLimitReport(minute: window, day: window, retryAfterSeconds: nil)
        let names = Set(report.headers.map(\.name)).union(["X-Request-Id"])
        let answers = try #require((document["components"] as? [String: Any])?["responses"] as? [String: [String: Any]])
        for (name, answer) in answers {
            let headers = Set((answer["headers"] as? [String: Any] ?? [:]).keys)
            #expect(names.isSubset(of: headers), "\(name)")
        }
        let events = try #require(paths["/v1/events"]?["post"] as? [String: Any])
        let success = (events["responses"] as? [String: [String: Any]])?["200"]
        #expect(names.isSubset(of: Set((success?["headers"] as? [String: Any] ?? [:]).keys)))
        for path in ["/healthz", "/readyz", "/openapi.json", "/oauth/token"] {
            for operation in try #require(paths[path]).values {
                let success = ((operation as? [String: Any])?["responses"] as? [String: [String: Any]])?["200"]
                let headers = Set(try #require(success?["headers"] as? [String: Any]).keys)
                #expect(headers.intersection(names) == ["X-Request-Id"], "\(path)")
            }
        }
    }

    @Test("has every member that a body may have, and the limits of each")
    func bodies() throws {
        #expect(
            try members(of: "NewEvent") == [
                "event_type", "email", "phone", "privy_id", "event_time", "event_data", "idempotency_key",
            ]
        )
        let mutable: Set<String> = ["first_name", "last_name", "tags", "custom_fields"]
        let addresses: Set<String> = ["email", "phone_number"]
        let names = addresses.union(["id", "privy_id"])
        #expect(try members(of: "NewContact") == mutable.union(addresses))
        #expect(try members(of: "ContactUpdate") == mutable.union(addresses))
        #expect(try members(of: "NamedContactUpdate") == mutable.union(names))
        #expect(try members(of: "ContactName") == names)
        #expect(try members(of: "NamedUnsubscription") == names.union(["reason"]))
        #expect(try members(of: "Unsubscription") == ["reason"])
        #expect(try members(of: "TokenRequest") == ["grant_type", "client_id", "client_secret", "scope"])

        let contact = try #require(try schema("NewContact")["properties"] as? [String: [String: Any]])
        #expect(contact["email"]?["maxLength"] as? Int == Limits.emailBytes)
        #expect(contact["first_name"]?["maxLength"] as? Int == Limits.nameCharacters)
        #expect(contact["tags"]?["maxItems"] as? Int == Limits.contactTags)
        #expect((contact["tags"]?["items"] as? [String: Any])?["maxLength"] as? Int == Limits.contactTagCharacters)
        #expect(contact["custom_fields"]?["maxProperties"] as? Int == Limits.customFields)
        let unsubscription = try #require(try schema("Unsubscription")["properties"] as? [String: [String: Any]])
        #expect(unsubscription["reason"]?["maxLength"] as? Int == Limits.unsubscribeReasonCharacters)
        #expect(try schema("EventType")["maxLength"] as? Int == Limits.eventTypeCharacters)
    }

    @Test("knows every code of the error envelope")
    func codes() throws {
        let error = try #require((try schema("Error")["properties"] as? [String: [String: Any]])?["error"])
        let code = (error["properties"] as? [String: [String: Any]])?["code"]
        let documented = Set(try #require(code?["enum"] as? [String]))
        let errors: [APIError] = [
            .badRequest(""), .unauthorized, .insufficientScope(.eventsRead), .notFound, .methodNotAllowed(allowed: []),
            .requestTimeout, .contactExists([]), .payloadTooLarge(limitBytes: 1), .unsupportedMediaType(allowed: []),
            .validationFailed([]), .idempotencyKeyReused, .rateLimited(retryAfterSeconds: 1), .headerFieldsTooLarge,
            .invalidClient, .invalidScope, .internalError, .overloaded, .storageUnavailable(retryAfterSeconds: 1),
            .accountFull, .notReady(""), .notAcceptable, .unsupportedContentCoding(takesGzip: false),
        ]
        #expect(documented == Set(errors.map(\.code)))
    }

    @Test("every reference in it leads somewhere")
    func references() throws {
        func check(_ value: Any) throws {
            if let list = value as? [Any] { for element in list { try check(element) } }
            guard let object = value as? [String: Any] else { return }
            if let reference = object["$ref"] as? String {
                var target: Any = document
                for part in reference.dropFirst(2).split(separator: "/") {
                    target = try #require((target as? [String: Any])?[String(part)], "\(reference)")
                }
            }
            for member in object.values { try check(member) }
        }
        try check(document)
    }
}
