import EventLedger
import Foundation
import Testing

@Suite("Contacts and keys")
struct ContactAndKeyTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    @Test("A contact is found by id, by address in any case, and by number")
    func getContact() async throws {
        try await folder.filling { store, account in
            try await store.ingest("a", from: "Ann@Example.com", into: account)
            _ = try await store.ingest(
                NewEvent(type: try EventType("a"), contact: .phone(try PhoneNumber("+4915112345"))),
                into: account
            )
        }
        let byAddress = try await run("contact", "get", "ann@example.COM", "--format", "json")
        #expect(byAddress.exitCode == 0)
        let contact = try #require(try byAddress.json()["data"] as? [String: Any])
        #expect(
            Set(contact.keys) == [
                "id", "email", "phone_number", "first_name", "last_name", "tags", "custom_fields", "unsubscribed_at",
                "unsubscribe_reason", "created_at", "updated_at",
            ]
        )
        #expect(contact["email"] as? String == "Ann@Example.com")
        #expect(contact["phone_number"] is NSNull)
        #expect(contact["tags"] as? [String] == [])
        #expect((contact["custom_fields"] as? [String: Any])?.isEmpty == true)
        let id = try #require(contact["id"] as? String)
        #expect(try await run("contact", "get", id, "--format", "json").output == byAddress.output)

        let byNumber = try await run("contact", "get", "+4915112345").lines
        #expect(byNumber.contains("phone_number        +4915112345"))
        #expect(byNumber.contains("email               -"))
        #expect(try await run("contact", "get", id, "--format", "csv").text.hasPrefix("id,email,phone_number,"))
    }

    @Test(
        "A contact that does not exist ends with 1",
        arguments: ["bob@example.com", "+4915112345", "cus_0000000000000000"]
    )
    func unknownContact(reference: String) async throws {
        try await folder.filling { store, account in try await store.ingest("a", into: account) }
        let result = try await run("contact", "get", reference)
        #expect(result.exitCode == 1)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics == "store-admin: error: the account has no such contact\n")
    }

    @Test("Contacts are listed page by page in the order of their creation")
    func listContacts() async throws {
        try await folder.filling { store, account in
            for number in 0..<5 { try await store.ingest("a", from: "user\(number)@example.com", into: account) }
        }
        let second = try await run("contact", "list", "--page", "2", "--per-page", "2", "--format", "json")
        #expect(try second.rows().map { $0["email"] as? String } == ["user2@example.com", "user3@example.com"])
        let pagination = try second.json()["pagination"] as? [String: Int]
        #expect(pagination == ["page": 2, "per_page": 2, "total_count": 5, "total_pages": 3])
        let table = try await run("contact", "list", "--page", "3", "--per-page", "2")
        #expect(table.lines.count == 2)
        #expect(table.diagnostics == "Page 3 of 3; 5 contacts in all\n")
        let csv = try await run("contact", "list", "--format", "csv")
        #expect(csv.text.components(separatedBy: "\r\n").count == 7)
        #expect(csv.diagnostics.isEmpty)
        #expect(try await run("contact", "list", "--page", "9", "--format", "json").rows().isEmpty)
    }

    @Test("A key tells its event and how often it came again")
    func explain() async throws {
        let key = "order é-1"
        let id = try await folder.filling { store, account in
            let id = try await store.ingest("a", data: #"{"n":1}"#, key: key, into: account)
            try await store.ingest("a", data: #"{ "n": 1.0 }"#, key: key, into: account)
            try await store.ingest("a", data: #"{"n":2}"#, key: key, into: account)
            return id
        }
        let result = try await run("key", "explain", key, "--format", "json")
        #expect(result.exitCode == 0)
        let history = try #require(try result.json()["data"] as? [String: Any])
        #expect(
            Set(history.keys) == [
                "idempotency_key", "event_id", "event_exists", "first_accepted_at", "replays", "mismatches",
                "last_replayed_at", "payload_fingerprint",
            ]
        )
        #expect(history["idempotency_key"] as? String == key)
        #expect(history["event_id"] as? String == id.description)
        #expect(history["event_exists"] as? Bool == true)
        #expect(history["replays"] as? Int == 2)
        #expect(history["mismatches"] as? Int == 1)
        #expect(history["last_replayed_at"] is String)
        #expect(try #require(history["payload_fingerprint"] as? String).contains(/^[0-9a-f]{20}$/))
        #expect(try await run("key", "explain", key).lines.contains("event_id             \(id)"))
        #expect(try await run("key", "explain", key, "--format", "csv").text.hasPrefix("idempotency_key,event_id,"))
    }

    @Test("Keys that came again with another payload are listed with where it differed")
    func mismatches() async throws {
        try await folder.filling { store, account in
            for key in ["a", "b", "c"] { try await store.ingest("a", data: #"{"n":1}"#, key: key, into: account) }
            try await store.ingest("b", data: #"{"n":2}"#, key: "a", into: account)
            try await store.ingest("a", data: #"{"n":1,"m":[]}"#, key: "c", into: account)
        }
        let result = try await run("key", "mismatches", "--format", "json")
        #expect(result.exitCode == 0)
        let rows = try result.rows()
        #expect(rows.map { $0["idempotency_key"] as? String } == ["a", "c"])
        #expect(rows.map { $0["differences"] as? [String] } == [["/event_type", "/event_data/n"], ["/event_data/m"]])
        #expect(rows.map { $0["mismatches"] as? Int } == [1, 1])
        let first = try await run("key", "mismatches", "--limit", "1", "--format", "json")
        let cursor = try #require(try first.json()["next_cursor"] as? Int)
        #expect(try first.json()["has_more"] as? Bool == true)
        let rest = try await run("key", "mismatches", "--after", "\(cursor)", "--format", "json")
        #expect(try rest.rows().map { $0["idempotency_key"] as? String } == ["c"])
        #expect(try await run("key", "mismatches", "--limit", "0").exitCode == 64)
    }

    @Test("Where no key was ever accepted there is no place to go on from")
    func noMismatches() async throws {
        try await folder.filling { _, _ in }
        let none = try await run("key", "mismatches", "--format", "json").text
        #expect(none == #"{"data":[],"next_cursor":null,"has_more":false}"# + "\n")
    }

    @Test("A key that never came again says so")
    func unrepeated() async throws {
        try await folder.filling { store, account in try await store.ingest("a", key: "-k", into: account) }
        let result = try await run("key", "explain", "--format", "json", "--", "-k")
        let history = try #require(try result.json()["data"] as? [String: Any])
        #expect(history["replays"] as? Int == 0)
        #expect(history["last_replayed_at"] is NSNull)
    }

    @Test(
        "A key is compared byte for byte: the decomposed form of a key is another one",
        arguments: ["e\u{301}", "other"]
    )
    func unknownKey(key: String) async throws {
        try await folder.filling { store, account in try await store.ingest("a", key: "\u{E9}", into: account) }
        #expect(try await run("key", "explain", "\u{E9}").exitCode == 0)
        let result = try await run("key", "explain", key)
        #expect(result.exitCode == 1)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.hasPrefix("store-admin: error: the account never accepted an event with that key"))
    }

    @Test("Keys that are older than asked for expire, and others do not")
    func expire() async throws {
        try await folder.filling { store, account in try await store.ingest("a", key: "k", into: account) }
        let none = try await run("key", "expire", "--older-than", "30d")
        #expect(none.exitCode == 0)
        #expect(none.diagnostics == "0 keys older than 30 days expired.\n")
        #expect(try await run("key", "explain", "k").exitCode == 0)
        for age in ["never", "", "30", "0d"] {
            #expect(try await run("key", "expire", "--older-than=\(age)").exitCode == 64, "\(age)")
        }
    }
}
