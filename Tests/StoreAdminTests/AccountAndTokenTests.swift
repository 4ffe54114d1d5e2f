import EventLedger
import Foundation
import Testing

@Suite("Accounts and tokens")
struct AccountAndTokenTests {
    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        try await folder.filling { _, _ in }
    }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    @Test("An account is created, once, and listed in each format")
    func accounts() async throws {
        let created = try await run("account", "create", "acme", "--strict")
        #expect(created.exitCode == 0)
        #expect(created.output.isEmpty)
        #expect(created.diagnostics == "Created account acme (strict).\n")

        let again = try await run("account", "create", "acme")
        #expect(again.exitCode == 1)
        #expect(again.diagnostics == "store-admin: error: there is an account of that name already\n")

        let json = try await run("account", "list", "--format", "json")
        #expect(try json.rows().map { $0["name"] as? String } == ["default", "acme"])
        #expect(try json.rows().map { $0["strict"] as? Bool } == [false, true])
        #expect(try json.json()["has_more"] as? Bool == false)
        #expect(json.diagnostics.isEmpty)

        let table = try await run("account", "list").lines
        #expect(table.count == 3)
        #expect(table.first == "id  name     strict  key_retention  limit_minute  limit_day  created_at")
        #expect(table.last?.hasPrefix(" 2  acme     yes     ") == true)

        let csv = try await run("account", "list", "--format", "csv").text.components(separatedBy: "\r\n")
        #expect(csv.first == "id,name,strict,key_retention,limit_minute,limit_day,created_at")
        #expect(csv.dropFirst().first?.hasPrefix("1,default,false,") == true)
        #expect(try await run("account", "list", "--after", "1", "--format", "json").rows().count == 1)
    }

    @Test("An account's keys are kept as long as it says, and for ever again")
    func keyRetention() async throws {
        let set = try await run("account", "set", "default", "--key-retention", "90d")
        #expect(set.exitCode == 0)
        #expect(set.diagnostics == "Keys of account default are kept for 90 days.\n")
        let rows = try await run("account", "list", "--format", "json").rows()
        #expect(rows.first?["key_retention"] as? String == "90d")
        let unset = try await run("account", "set", "default", "--key-retention", "never")
        #expect(unset.diagnostics == "Keys of account default are kept for ever.\n")
        #expect(try await run("account", "list", "--format", "json").rows().first?["key_retention"] is NSNull)
        #expect(try await run("account", "set", "nobody", "--key-retention", "1h").exitCode == 1)
        for time in ["", "90", "d", "-1d", "0d", "1.5h", "9999999999999999999d", "tomorrow"] {
            #expect(try await run("account", "set", "default", "--key-retention=\(time)").exitCode == 64, "\(time)")
        }
    }

    @Test("An account's limits are set one by one or together, shown, and lifted")
    func rateLimits() async throws {
        let set = try await run("account", "set", "default", "--limit-minute", "600")
        #expect(set.exitCode == 0)
        #expect(set.diagnostics == "Account default may send 600 requests a minute.\n")
        let both = try await run("account", "set", "default", "--limit-day", "10000", "--key-retention", "1d")
        #expect(
            both.diagnostics == """
                Keys of account default are kept for 1 day.
                Account default may send 600 requests a minute and 10000 requests a day.

                """
        )
        let row = try #require(try await run("account", "list", "--format", "json").rows().first)
        #expect(row["limit_minute"] as? Int == 600)
        #expect(row["limit_day"] as? Int == 10_000)
        let lifted = try await run("account", "set", "default", "--limit-minute", "never", "--limit-day", "none")
        #expect(lifted.diagnostics == "Account default may send as many requests as it likes.\n")
        #expect(try await run("account", "list", "--format", "json").rows().first?["limit_minute"] is NSNull)
        #expect(try await run("account", "set", "nobody", "--limit-day", "1").exitCode == 1)
        #expect(try await run("account", "set", "default").exitCode == 64)
        for limit in ["", "0", "-1", "1.5", "1000000001", "99999999999999999999", "many"] {
            #expect(try await run("account", "set", "default", "--limit-minute=\(limit)").exitCode == 64, "\(limit)")
        }
    }

    @Test("A token goes to standard output alone, and is what the store then knows")
    func createToken() async throws {
        let result = try await run(
            "token",
            "create",
            "--scope",
            "events_write",
            "--scope",
            "events_read",
            "--name",
            "shop",
            "--expires",
            "30d"
        )
        #expect(result.exitCode == 0)
        #expect(result.text.hasSuffix("\n"))
        let text = String(result.text.dropLast())
        let secret = try #require(TokenSecret(text))
        #expect(!result.diagnostics.contains(text))
        #expect(result.diagnostics.contains("account default"))
        #expect(result.diagnostics.contains("expires at "))
        #expect(result.diagnostics.contains("not shown again"))

        try await folder.filling { store, account in
            let authorization = try #require(store.authorization(for: secret.digest))
            #expect(authorization.account == account)
            #expect(authorization.scopes == ScopeSet([.eventsWrite, .eventsRead]))
        }
        let listed = try await run("token", "list", "--format", "json")
        #expect(!listed.text.contains(text))
        let row = try #require(try listed.rows().first)
        #expect(row["name"] as? String == "shop")
        #expect(row["state"] as? String == "active")
        #expect(row["scopes"] as? [String] == ["events_write", "events_read"])
        #expect(row["revoked_at"] is NSNull)
        let dates = try ["created_at", "expires_at"].map { name in
            try Date(
                try #require(row[name] as? String),
                strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            )
        }
        #expect(abs(dates[1].timeIntervalSince(dates[0]) - 30 * 86_400) < 60)
    }

    @Test("Without a scope and a lifetime a token may read contacts and never expires")
    func defaults() async throws {
        let result = try await run("token", "create")
        #expect(result.diagnostics.contains("contacts_read; it never expires"))
        let row = try #require(try await run("token", "list", "--format", "json").rows().first)
        #expect(row["scopes"] as? [String] == ["contacts_read"])
        #expect(row["expires_at"] is NSNull)
        #expect(try await run("token", "list").lines.last?.contains("never") == true)
    }

    @Test("A token is revoked, and revoking it again changes nothing")
    func revoke() async throws {
        let text = try await run("token", "create", "--scope", "events_write").text
        let secret = try #require(TokenSecret(String(text.dropLast())))
        let revoked = try await run("token", "revoke", "1")
        #expect(revoked.exitCode == 0)
        #expect(revoked.output.isEmpty)
        let first = try await run("token", "list", "--format", "json")
        #expect(try first.rows().first?["state"] as? String == "revoked")
        #expect(try await run("token", "revoke", "1").exitCode == 0)
        #expect(try await run("token", "list", "--format", "json").output == first.output)
        try await folder.filling { store, _ in #expect(store.authorization(for: secret.digest) == nil) }
    }

    @Test("Tokens belong to their account")
    func accountOfToken() async throws {
        #expect(try await run("account", "create", "acme").exitCode == 0)
        #expect(try await run("token", "create", "--account", "acme").exitCode == 0)
        #expect(try await run("token", "list", "--format", "json").rows().isEmpty)
        #expect(try await run("token", "list", "--account", "acme", "--format", "json").rows().count == 1)
        #expect(try await run("token", "revoke", "1").exitCode == 1)
        #expect(try await run("token", "revoke", "1", "--account", "acme").exitCode == 0)
    }

    @Test("An account has a limited number of active tokens, and a revoked one makes room")
    func tooMany() async throws {
        try await folder.filling { store, _ in
            for number in 0..<Limits.activeTokensPerAccount {
                let outcome = try await store.perform(
                    .createToken(
                        account: Account.defaultName,
                        name: "token \(number)",
                        scopes: ScopeSet([.eventsRead]),
                        digest: TokenSecret.random().digest.bytes,
                        expiresAt: nil
                    )
                )
                guard case .tokenCreated = outcome else {
                    Issue.record("token \(number) was not created")
                    return
                }
            }
        }
        let refused = try await run("token", "create")
        #expect(refused.exitCode == 1)
        #expect(refused.output.isEmpty)
        #expect(refused.diagnostics.contains("\(Limits.activeTokensPerAccount) active tokens"))
        #expect(try await run("token", "revoke", "3").exitCode == 0)
        #expect(try await run("token", "create").exitCode == 0)
    }

    @Test(
        "An account that does not exist is said to be missing",
        arguments: [
            ["token", "create"], ["token", "list"], ["token", "revoke", "1"], ["app", "create"], ["app", "list"],
            ["app", "delete", "1"], ["app", "rotate-secret", "1"], ["event", "list"], ["contact", "list"],
            ["event", "get", "507f1f77bcf86cd799439011"], ["contact", "get", "ann@example.com"],
            ["key", "explain", "k"],
        ]
    )
    func unknownAccount(command: [String]) async throws {
        let result = try await AdminTool.run(command + ["--account", "nobody"], store: folder.store, in: folder)
        #expect(result.exitCode == 1)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.hasPrefix("store-admin: error: there is no account of that name; "))
    }

    @Test("A token's name that is too long is refused and not repeated")
    func tokenName() async throws {
        let name = String(repeating: "n", count: Limits.nameCharacters + 1)
        let result = try await run("token", "create", "--name", name)
        #expect(result.exitCode == 1)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.hasPrefix("store-admin: error: name "))
        #expect(!result.diagnostics.contains(name))
    }

    @Test("A token's name cannot colour the terminal of whoever lists the tokens")
    func escapedName() async throws {
        let name = "\u{1B}[31mred"
        // A store may refuse such a name some day; names that it accepted before are still listed.
        guard try await run("token", "create", "--name", name).exitCode == 0 else { return }
        let table = try await run("token", "list")
        #expect(!table.text.contains("\u{1B}"))
        #expect(table.text.contains(#"\u{1B}[31mred"#))
        #expect(try await run("token", "list", "--format", "json").rows().first?["name"] as? String == name)
    }
}
