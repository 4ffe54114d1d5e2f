import EventModel
import Foundation
import IngestAPI
import Testing

extension APIResponse {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }

    fileprivate func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

@Suite("The answers of an ingest")
struct IngestResponseTests {
    private func stored() throws -> StoredResponse {
        StoredResponse(eventID: try #require(EventID("507f1f77bcf86cd799439011")))
    }

    @Test("say that the event was accepted")
    func accepted() throws {
        let response = IngestResponse.response(for: .accepted(try stored()))
        #expect(response.status == 200)
        #expect(response.text == #"{"event_id":"507f1f77bcf86cd799439011","status":"accepted"}"#)
        #expect(response.headers == [.init("Content-Type", "application/json")])
    }

    @Test("say that the key was known, and whether the payload was another one", arguments: [false, true])
    func replayed(payloadDiffers: Bool) throws {
        let response = IngestResponse.response(for: .replayed(try stored(), payloadDiffers: payloadDiffers))
        #expect(response.status == 200)
        #expect(
            response.text == #"{"event_id":"507f1f77bcf86cd799439011","status":"accepted","idempotent_replay":true}"#
        )
        #expect(response.header("Idempotent-Replayed") == "true")
        #expect(response.header("Idempotency-Payload-Mismatch") == (payloadDiffers ? "true" : nil))
    }

    @Test(
        "say why nothing was stored",
        arguments: [
            (.unknownContact, 400, #"{"errors":[{"field":"privy_id","#),
            (.rejected(.keyReusedWithAnotherPayload), 422, #"{"error":{"code":"idempotency_key_reused","#),
            (.rejected(.unknownAccount), 401, #"{"error":{"code":"unauthorized","#),
            (.rejected(.accountFull), 507, #"{"error":{"code":"account_full","#),
        ] as [(IngestOutcome, Int, String)]
    )
    func refused(outcome: IngestOutcome, status: Int, start: String) {
        let response = IngestResponse.response(for: outcome)
        #expect(response.status == status)
        #expect(response.text.hasPrefix(start))
        #expect(response.header("Content-Type") == "application/json")
    }

    @Test("list the faults of a rejected payload, in no envelope")
    func rejected() {
        let response = IngestResponse.rejected([
            InvalidValue(field: "email", message: "must be a \"string\""), InvalidValue(field: "base", message: "x"),
        ])
        #expect(response.status == 400)
        #expect(
            response.text
                == #"{"errors":[{"field":"email","message":"must be a \"string\""},{"field":"base","message":"x"}]}"#
        )
    }

    @Test(
        "list no more than 100 faults, and say so in the last",
        arguments: [(99, 99), (100, 100), (101, 100), (5_000, 100)]
    )
    func manyFaults(count: Int, listed: Int) throws {
        let faults = (0..<count).map { InvalidValue(field: "f\($0)", message: "m") }
        let answer = try JSONSerialization.jsonObject(with: Data(IngestResponse.rejected(faults).body))
        let errors = try #require((answer as? [String: [[String: String]]])?["errors"])
        #expect(errors.count == listed)
        #expect(errors[98]["field"] == "f98")
        #expect((errors.last?["field"] == "base") == (count > listed))
    }
}

@Suite("The error envelope")
struct APIErrorTests {
    @Test(
        "has a status, a code and the fields that go with them",
        arguments: [
            (.badRequest("x"), 400, "bad_request", nil),
            (.unauthorized, 401, "unauthorized", "WWW-Authenticate: Bearer"),
            (
                .insufficientScope(.eventsWrite), 403, "insufficient_scope",
                "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"events_write\""
            ),
            (.notFound, 404, "not_found", nil),
            (.methodNotAllowed(allowed: ["GET", "POST"]), 405, "method_not_allowed", "Allow: GET, POST"),
            (.requestTimeout, 408, "request_timeout", nil), (.contactExists([]), 409, "conflict", nil),
            (.payloadTooLarge(limitBytes: 262_144), 413, "payload_too_large", nil),
            (.unsupportedMediaType(allowed: ["application/json"]), 415, "unsupported_media_type", nil),
            (.validationFailed([]), 422, "validation_failed", nil),
            (.idempotencyKeyReused, 422, "idempotency_key_reused", nil),
            (.rateLimited(retryAfterSeconds: 7), 429, "rate_limited", "Retry-After: 7"),
            (.headerFieldsTooLarge, 431, "header_fields_too_large", nil), (.internalError, 500, "internal_error", nil),
            (.overloaded, 503, "overloaded", "Retry-After: 1"),
            (.storageUnavailable(retryAfterSeconds: 30), 503, "storage_unavailable", "Retry-After: 30"),
            (.storageInDoubt(retryAfterSeconds: 30), 503, "storage_unavailable", "Retry-After: 30"),
            (.storageUnreadable(retryAfterSeconds: 30), 503, "storage_unavailable", "Retry-After: 30"),
            (.notReady("x"), 503, "not_ready", "Retry-After: 1"), (.accountFull, 507, "account_full", nil),
            (.invalidClient, 401, "invalid_client", "WWW-Authenticate: Basic realm=\"oauth\""),
            (.invalidScope, 401, "invalid_scope", "WWW-Authenticate: Basic realm=\"oauth\""),
        ] as [(APIError, Int, String, String?)]
    )
    func codes(error: APIError, status: Int, code: String, header: String?) throws {
        let response = error.response
        #expect(response.status == status)
        #expect(response.headers.first == .init("Content-Type", "application/json"))
        #expect(response.headers.dropFirst().map { "\($0.name): \($0.value)" } == [header].compactMap { $0 })
        let answer = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: [String: Any]]
        #expect(answer?["error"]?["code"] as? String == code)
        #expect((answer?["error"]?["message"] as? String)?.isEmpty == false)
    }

    @Test("says what the token's failure is in the contract's words")
    func unauthorized() {
        #expect(
            APIError.unauthorized.response.text
                == #"{"error":{"code":"unauthorized","message":"Bearer token is missing or invalid"}}"#
        )
    }

    @Test("lists the fields at fault, and only then has details")
    func details() {
        let error = APIError.validationFailed([InvalidValue(field: "limit", message: "x")])
        #expect(error.response.text.hasSuffix(#","details":[{"field":"limit","message":"x"}]}}"#))
        #expect(!APIError.notFound.response.text.contains("details"))
    }
}

@Suite("What a reader gets")
struct ReadResponseTests {
    private func recorded(_ data: String?) throws -> RecordedEvent {
        RecordedEvent(
            id: try #require(EventID("507f1f77bcf86cd799439011")),
            sequence: 7,
            type: try EventType("order_completed"),
            contact: try #require(ContactID("cus_0123456789abcdef")),
            time: try EventTime("2024-01-15T10:30:00.50Z"),
            receivedAt: Timestamp(millisecondsSinceEpoch: 1_705_314_601_000),
            data: try data.map { data throws(InvalidValue) in try EventData(data) }
        )
    }

    private let eventStart =
        #"{"event_id":"507f1f77bcf86cd799439011","event_type":"order_completed","#
        + #""privy_id":"cus_0123456789abcdef","event_time":"2024-01-15T10:30:00.5Z","#
        + #""received_at":"2024-01-15T10:30:01.000Z","event_data":"#

    @Test(
        "of an event is its data byte for byte, or null",
        arguments: [nil, "{}", #"{"b" : 1.0,"a":"\u00e9\ud800","b":1e400}"#]
    )
    func event(data: String?) throws {
        let response = ReadResponse.event(try recorded(data))
        #expect(response.status == 200)
        #expect(response.text == "{\"data\":\(eventStart)\(data ?? "null")}}")
    }

    @Test("of the feed is a page with where to go on")
    func feed() throws {
        let event = try recorded(nil)
        let page = EventPage(events: [event, event], nextCursor: FeedCursor(after: event.id), hasMore: true)
        #expect(
            ReadResponse.events(page).text
                == "{\"data\":[\(eventStart)null},\(eventStart)null}],"
                + "\"next_cursor\":\"507f1f77bcf86cd799439011\",\"has_more\":true}"
        )
        let empty = EventPage(events: [], nextCursor: nil, hasMore: false)
        #expect(ReadResponse.events(empty).text == #"{"data":[],"next_cursor":null,"has_more":false}"#)
    }

    private func contact() throws -> Contact {
        Contact(
            id: try #require(ContactID("cus_0123456789abcdef")),
            email: try EmailAddress("Jane@Example.com"),
            phoneNumber: nil,
            firstName: "J\"a\\n\u{1}é",
            tags: try ContactTags(["a", "b\""]),
            customFields: try CustomFields(#"{ "a" :1.0}"#),
            unsubscribedAt: Timestamp(millisecondsSinceEpoch: 2),
            unsubscribeReason: try UnsubscribeReason("r"),
            createdAt: Timestamp(millisecondsSinceEpoch: 0),
            updatedAt: Timestamp(millisecondsSinceEpoch: 1)
        )
    }

    private let contactText =
        #"{"id":"cus_0123456789abcdef","email":"Jane@Example.com","phone_number":null,"#
        + #""first_name":"J\"a\\n\u0001é","last_name":null,"tags":["a","b\""],"custom_fields":{"a":1.0},"#
        + #""unsubscribed_at":"1970-01-01T00:00:00.002Z","unsubscribe_reason":"r","#
        + #""created_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.001Z"}"#

    @Test("of a contact is everything that is known of it")
    func oneContact() throws {
        #expect(ReadResponse.contact(try contact()).text == "{\"data\":\(contactText)}")
    }

    @Test(
        "of the contacts is a page with its place among all pages",
        arguments: [(0, 0), (1, 1), (100, 1), (101, 2), (200, 2)]
    )
    func contacts(totalCount: Int64, totalPages: Int) throws {
        let query = try ContactQuery([("page", "2"), ("per_page", "100")])
        let page = ContactPage(contacts: [try contact()], totalCount: totalCount)
        #expect(
            ReadResponse.contacts(page, for: query).text
                == "{\"data\":[\(contactText)],\"pagination\":{\"page\":2,\"per_page\":100,"
                + "\"total_count\":\(totalCount),\"total_pages\":\(totalPages)}}"
        )
    }

    @Test("of the server itself is one word")
    func status() {
        #expect(ReadResponse.status("ok").text == #"{"status":"ok"}"#)
    }
}

@Suite("The JSON writer")
struct JSONWriterTests {
    @Test("escapes every character of ASCII so that a reader gets it back", arguments: UInt8(0)..<0x80)
    func escapes(byte: UInt8) throws {
        let text = "é\(Unicode.Scalar(byte))€"
        var json = JSONWriter()
        json.string(text)
        let read = try JSONSerialization.jsonObject(with: Data(json.bytes), options: .fragmentsAllowed)
        #expect(read as? String == text)
        #expect(!json.bytes.contains { $0 < 0x20 })
    }

    @Test("escapes a member's name that is no word of ours")
    func name() {
        var json = JSONWriter()
        json.object { json in
            json.name("a")
            json.null()
            json.name(escaping: "\"\n")
            json.number(1)
        }
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":null,"\"\u000a":1}"#)
    }

    @Test("sets commas between the members and the elements, and nowhere else")
    func commas() {
        var json = JSONWriter()
        json.object { json in
            json.name("a")
            json.array([1, 2]) { $0.number($1) }
            json.name("b")
            json.object { _ in }
            json.name("c")
            json.array([[], [true]]) { json, row in json.array(row) { $0.boolean($1) } }
            json.name("d")
            json.null()
            json.name("e")
            json.string(nil)
        }
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":[1,2],"b":{},"c":[[],[true]],"d":null,"e":null}"#)
    }
}
