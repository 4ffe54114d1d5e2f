import ArgumentParser
import EventLedger
import Testing

@testable import StoreAdmin

@Suite("The command line")
struct ArgumentTests {
    @Test(
        "The option names the store, then the environment, then the default",
        arguments: [
            ("a.db", "b.db", "a.db"), (nil, "b.db", "b.db"), (nil, "", ""), (nil, nil, "./events.db"),
        ] as [(String?, String?, String)]
    )
    func storePath(option: String?, variable: String?, expected: String) {
        #expect(
            StoreOptions.path(option: option, environment: ["EVENT_STORE": variable].compactMapValues { $0 })
                == expected
        )
    }

    @Test(
        "A contact is named by id, address or number",
        arguments: [
            ("cus_0123456789abcdef", "id"), ("+4915112345", "phone"), ("ann@example.com", "email"),
            ("+ann@example.com", "email"), ("cus_a@example.com", "email"), ("", nil), ("cus_short", nil), ("+0", nil),
            ("ann", nil), ("cus_0123456789ABCDEF", nil),
        ] as [(String, String?)]
    )
    func contact(argument: String, kind: String?) throws {
        guard let kind else {
            let error = #expect(throws: ValidationError.self) { try ContactReference(argument: argument) }
            #expect(argument.isEmpty || error?.message.contains("\"\(argument)\"") == false)
            return
        }
        switch try ContactReference(argument: argument) {
        case .id: #expect(kind == "id")
        case .phone: #expect(kind == "phone")
        case .email: #expect(kind == "email")
        }
    }

    @Test(
        "A lifetime is a number of days or no end",
        arguments: [("30d", 30), ("60d", 60), ("90d", 90), ("1y", 365), ("never", nil)] as [(String, Int64?)]
    )
    func lifetime(argument: String, days: Int64?) throws {
        let lifetime = try #require(TokenLifetime(argument: argument))
        let expiry = lifetime.expiry(from: Timestamp(millisecondsSinceEpoch: 1_000))
        #expect(expiry?.millisecondsSinceEpoch == days.map { 1_000 + $0 * 86_400_000 })
    }

    @Test("A token without a scope may read contacts, and without a lifetime never expires")
    func tokenDefaults() throws {
        let command = try #require(try StoreAdminCommand.parseAsRoot(["token", "create"]) as? TokenCreateCommand)
        #expect(command.scope.isEmpty)
        #expect(command.expires == .never)
        #expect(command.account.account == "default")
    }

    @Test(
        "A wrong command line is refused",
        arguments: [
            ["nothing"], ["event", "get"], ["event", "get", "xyz"], ["event", "get", "507F1F77BCF86CD799439011"],
            ["event", "list", "--limit", "0"], ["event", "list", "--limit", "1001"], ["event", "list", "--limit", "x"],
            ["event", "list", "--type", "a b"], ["event", "list", "--contact", "ann"],
            ["event", "list", "--after", "1"],
            ["contact", "get", "ann"], ["contact", "list", "--page", "0"], ["contact", "list", "--per-page", "101"],
            ["contact", "list", "--page", "9223372036854775807"], ["key", "explain"], ["key", "explain", ""],
            ["key", "explain", "a\nb"], ["key", "explain", String(repeating: "k", count: 256)],
            ["account", "create", "A"], ["account", "create", ""], ["token", "create", "--scope", "all"],
            ["token", "create", "--expires", "2y"], ["token", "revoke", "first"], ["status", "--format", "xml"],
            ["status", "--store", ""], ["init", "extra"], ["import"], ["import", "a", "b"], ["export", "a"],
            ["export", "--after", "1"], ["export", "--type", "a b"], ["export", "--contact", "ann"],
        ]
    )
    func refused(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try StoreAdminCommand.parseAsRoot(arguments) }
        #expect(error.map { StoreAdminCommand.exitCode(for: $0) } == .validationFailure)
    }

    @Test(
        "An age that is none is refused with what one has to be, and never is none",
        arguments: ["0d", "-1d", "365251d", "1ms", "d", "1w", "never", "99999999999999999999d"],
        [["event", "erase"], ["key", "expire"]]
    )
    func age(text: String, command: [String]) {
        let error = #expect(throws: (any Error).self) {
            try StoreAdminCommand.parseAsRoot(command + ["--older-than=\(text)"])
        }
        let words = error.map { StoreAdminCommand.message(for: $0) } ?? ""
        #expect(words.contains("at most 365250d") && !words.contains("\"never\""), "\(words)")
    }

    @Test(
        "A time is a number and a unit, up to a thousand years",
        arguments: [("1s", 1_000), ("90m", 5_400_000), ("12h", 43_200_000), ("365250d", 31_557_600_000_000)]
    )
    func times(text: String, milliseconds: Int64) throws {
        #expect(try Age(argument: text).milliseconds == milliseconds)
        #expect(try RetentionWindow(argument: text).milliseconds == milliseconds)
        #expect(try RetentionWindow(argument: text).text == text)
    }

    @Test(
        "A time is told in words that nobody mistakes",
        arguments: [("6m", "6 minutes"), ("1m", "1 minute"), ("48h", "2 days"), ("1d", "1 day"), ("3s", "3 seconds")]
    )
    func timesInWords(text: String, words: String) throws {
        #expect(TimeSpan.words(milliseconds: try Age(argument: text).milliseconds) == words)
    }

    @Test(
        "What the parser would let pass is refused",
        arguments: [
            ([Array("help".utf8), Array("nope".utf8)], "there is no command \"nope\""),
            ([Array("help".utf8), Array("event".utf8), Array("nope".utf8)], "there is no command \"nope\""),
            ([Array("nope".utf8), Array("--help".utf8)], "there is no command \"nope\""),
            ([Array("event".utf8), Array("-h".utf8), Array("nope".utf8)], "there is no command \"nope\""),
            ([Array("key".utf8), Array("explain".utf8), Array("k".utf8), Array("--help".utf8)], nil),
            ([Array("status".utf8), [0x2D, 0x2D, 0xE9]], "argument 2 is not valid UTF-8"),
            ([Array("help".utf8), Array("event".utf8), Array("list".utf8)], nil), ([Array("help".utf8)], nil),
            ([Array("status".utf8)], nil), ([], nil), ([Array("-h".utf8)], nil),
            ([Array("import".utf8), Array("-dash.nd".utf8)], "there is no option \"-dash.nd\""),
            ([Array("import".utf8), Array("-".utf8)], nil),
            ([Array("key".utf8), Array("explain".utf8), Array("--".utf8), Array("-order-h".utf8)], nil),
        ] as [([[UInt8]], String?)]
    )
    func unparsed(arguments: [[UInt8]], words: String?) {
        let fault = CommandLineCheck.fault(in: arguments)
        #expect(fault.map { $0.contains(words ?? "?") } ?? (words == nil), "\(fault ?? "nothing")")
    }

    @Test("Help for what is no command is a wrong command line")
    func unknownHelp() async throws {
        let folder = try TemporaryFolder()
        let result = try await AdminTool.run(["help", "nope"], in: folder)
        #expect(result.exitCode == 64 && result.output.isEmpty)
        #expect(try await AdminTool.run(["help", "event"], in: folder).exitCode == 0)
    }

    @Test(
        "A good command line is understood",
        arguments: [
            ["init"], ["migrate"], ["status", "--format", "json"], ["verify", "--store", "x"],
            ["account", "create", "a", "--strict"], ["account", "list", "--after", "3"],
            ["token", "create", "--scope", "events_read", "--scope", "events_write"], ["token", "list"],
            ["token", "revoke", "3"], ["event", "get", "507f1f77bcf86cd799439011"],
            ["event", "list", "--limit", "1000"],
            ["event", "list", "--contact", "+4915112345", "--type", "a"], ["contact", "get", "ann@example.com"],
            ["contact", "list", "--page", "2", "--per-page", "100"], ["key", "explain", "--", "-k"],
            ["key", "explain", String(repeating: "k", count: 255)], ["import", "-"],
            ["import", "a.ndjson", "--allow-keyless", "--account", "a"], ["export"],
            ["export", "--after", "507f1f77bcf86cd799439011", "--type", "a", "--contact", "+4915112345"],
            ["export", "--output", "a.ndjson"],
        ]
    )
    func understood(arguments: [String]) throws {
        _ = try StoreAdminCommand.parseAsRoot(arguments)
    }
}
