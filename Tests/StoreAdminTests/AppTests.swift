import EventLedger
import Foundation
import Testing

@Suite("OAuth apps")
struct AppTests {
    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        try await folder.filling { _, _ in }
    }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    @Test("An app's credentials go to standard output alone, and are what the store then knows")
    func create() async throws {
        let result = try await run(
            "app",
            "create",
            "--scope",
            "events_write",
            "--scope",
            "events_read",
            "--name",
            "shop"
        )
        #expect(result.exitCode == 0)
        #expect(result.lines.count == 2)
        let secret = try #require(ClientSecret(result.lines[1]))
        #expect(!result.diagnostics.contains(secret.text))
        #expect(result.diagnostics.contains("Created app 1 of account default with events_write events_read."))
        try await folder.filling { store, account in
            let app = try #require(store.app(clientID: result.lines[0], secret: secret.digest))
            #expect(app.account == account)
            #expect(app.name == "shop")
        }
        let listed = try await run("app", "list", "--format", "json")
        #expect(!listed.text.contains(secret.text))
        let row = try #require(try listed.rows().first)
        #expect(row["client_id"] as? String == result.lines[0])
        #expect(row["scopes"] as? [String] == ["events_write", "events_read"])
        #expect(row["secret_rotated_at"] is NSNull)
        #expect(try await run("app", "create").diagnostics.contains("with contacts_read."))
    }

    @Test("A new secret takes the place of the old one, and a deleted app is gone")
    func rotateAndDelete() async throws {
        let created = try await run("app", "create").lines
        let rotated = try await run("app", "rotate-secret", "1")
        #expect(rotated.exitCode == 0)
        #expect(rotated.lines.count == 1)
        let (old, new) = try (#require(ClientSecret(created[1])), #require(ClientSecret(rotated.lines[0])))
        try await folder.filling { store, _ in
            #expect(store.app(clientID: created[0], secret: old.digest) == nil)
            #expect(store.app(clientID: created[0], secret: new.digest) != nil)
        }
        #expect(try await run("app", "list", "--format", "json").rows().first?["secret_rotated_at"] is String)
        let deleted = try await run("app", "delete", "1")
        #expect(deleted.exitCode == 0 && deleted.output.isEmpty)
        #expect(try await run("app", "list", "--format", "json").rows().isEmpty)
        for command in ["rotate-secret", "delete"] {
            let again = try await run("app", command, "1")
            #expect(again.exitCode == 1 && again.output.isEmpty)
            #expect(again.diagnostics.contains("no app of that number"))
        }
    }

    @Test("The signing key is rotated, with the earlier one kept or dropped")
    func rotateSigningKey() async throws {
        let kept = try await run("app", "rotate-signing-key")
        #expect(kept.diagnostics == "Access tokens are signed with key 2 from now on; earlier keys still verify.\n")
        try await folder.filling { store, _ in #expect(store.signingKeys.map(\.id) == [1, 2]) }
        let dropped = try await run("app", "rotate-signing-key", "--drop-earlier")
        #expect(dropped.exitCode == 0)
        try await folder.filling { store, _ in #expect(store.signingKeys.map(\.id) == [3]) }
    }
}
