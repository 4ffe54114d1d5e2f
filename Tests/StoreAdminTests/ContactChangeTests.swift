import Foundation
import Testing

@Suite("Changing contacts from the command line")
struct ContactChangeTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    private func contact(_ result: ToolResult) throws -> [String: Any] {
        try #require(try result.json()["data"] as? [String: Any])
    }

    @Test("A contact is created, changed, unsubscribed and deleted")
    func life() async throws {
        try await folder.filling { _, _ in }
        let created = try await run(
            "contact",
            "create",
            "--email",
            "ada@example.com",
            "--first-name",
            "Ada",
            "--tag",
            "a",
            "--tag",
            "b",
            "--custom-fields",
            #"{"n": 1.0}"#,
            "--format",
            "json"
        )
        #expect(created.exitCode == 0)
        #expect(created.text.contains(#""custom_fields":{"n":1.0}"#))
        let id = try #require(try contact(created)["id"] as? String)

        let updated = try await run(
            "contact",
            "update",
            id,
            "--phone",
            "+4912345",
            "--first-name",
            "",
            "--no-tags",
            "--format",
            "json"
        )
        #expect(try contact(updated)["phone_number"] as? String == "+4912345")
        #expect(try contact(updated)["first_name"] is NSNull)
        #expect(try contact(updated)["tags"] as? [String] == [])
        let unsubscribed = try await run("contact", "unsubscribe", "+4912345", "--reason", "asked", "--format", "json")
        #expect(try contact(unsubscribed)["unsubscribe_reason"] as? String == "asked")
        #expect(try await run("contact", "get", id, "--format", "json").output == unsubscribed.output)

        let deleted = try await run("contact", "delete", "ADA@example.com")
        #expect(deleted.exitCode == 0)
        #expect(deleted.diagnostics == "Contact \(id) of account default is deleted.\n")
        #expect(try await run("contact", "get", id).exitCode == 1)
        #expect(try await run("verify").exitCode == 0)
    }

    @Test("A change that cannot be made ends with 1 and says why")
    func refused() async throws {
        try await folder.filling { store, account in try await store.ingest("a", from: "ada@example.com", into: account)
        }
        let refusals: [([String], String)] = [
            (["contact", "create", "--email", "Ada@example.com"], "the email address belongs to cus_"),
            (["contact", "update", "ada@example.com", "--email", "b@example.com"], "never changes"),
            (["contact", "delete", "b@example.com"], "the account has no such contact"),
            (["contact", "delete", "ada@example.com", "--account", "none"], "there is no account of that name"),
        ]
        for (arguments, words) in refusals {
            let result = try await AdminTool.run(arguments, store: folder.store, in: folder)
            #expect(result.exitCode == 1)
            #expect(result.diagnostics.contains(words), "\(result.diagnostics)")
            #expect(result.output.isEmpty)
        }
    }

    @Test(
        "A wrong command line ends with 64",
        arguments: [
            ["create"], ["create", "--email", "x"], ["create", "--email", "a@b.c", "--custom-fields", "[]"],
            ["update", "a@b.c"], ["update", "a@b.c", "--tag", "x", "--no-tags"], ["update", "a@b.c", "--tag", ""],
            ["unsubscribe", "a@b.c", "--reason", ""], ["delete", "x"],
        ]
    )
    func wrong(arguments: [String]) async throws {
        try await folder.filling { _, _ in }
        let result = try await AdminTool.run(["contact"] + arguments, store: folder.store, in: folder)
        #expect(result.exitCode == 64)
        #expect(result.output.isEmpty)
    }
}
