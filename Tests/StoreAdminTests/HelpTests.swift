import ArgumentParser
import Foundation
import Testing

@testable import StoreAdmin

@Suite("Help")
struct HelpTests {
    /// Every command of the tool, with the words that lead to it.
    static let commands: [(path: [String], type: any ParsableCommand.Type)] = descend([], StoreAdminCommand.self)

    private static func descend(
        _ path: [String],
        _ type: any ParsableCommand.Type
    ) -> [(path: [String], type: any ParsableCommand.Type)] {
        [(path, type)]
            + type.configuration.subcommands.flatMap { descend(path + [$0.configuration.commandName ?? "?"], $0) }
    }

    @Test("The tool has the commands that it promises")
    func names() {
        let leaves = HelpTests.commands.filter { $0.type.configuration.subcommands.isEmpty }
        #expect(
            Set(leaves.map { $0.path.joined(separator: " ") }) == [
                "init", "migrate", "status", "verify", "backup", "restore", "compact", "account create", "account list",
                "account set", "token create", "token list", "token revoke", "app create", "app list",
                "app rotate-secret", "app delete", "app rotate-signing-key", "event get", "event list", "event erase",
                "contact get", "contact list", "contact create", "contact update", "contact unsubscribe",
                "contact delete", "key explain", "key mismatches", "key expire", "import", "export",
            ]
        )
    }

    @Test("Every command says what it does and gives an example that can be parsed", arguments: commands.map(\.path))
    func command(path: [String]) throws {
        let type = try #require(HelpTests.commands.first { $0.path == path }?.type)
        #expect(!type.configuration.abstract.isEmpty)
        let discussion = type.configuration.discussion
        let example = try #require(discussion.split(separator: "\n").last?.trimmingCharacters(in: .whitespaces))
        let words = example.split(separator: " ").map(String.init)
        #expect(words.first == "store-admin")
        #expect(Array(words.dropFirst().prefix(path.count)) == path)
        let parsed = try StoreAdminCommand.parseAsRoot(Array(words.dropFirst()))
        if type.configuration.subcommands.isEmpty { #expect(Swift.type(of: parsed) == type) }
    }

    @Test("Every option and argument says what it is", arguments: commands.map(\.path))
    func options(path: [String]) throws {
        let type = try #require(HelpTests.commands.first { $0.path == path }?.type)
        let help = type.helpMessage(columns: 1_000)
        let options = help.split(separator: "\n").filter { line in
            line.hasPrefix("  -") || (line.hasPrefix("  <") && !line.contains("subcommand"))
        }
        #expect(!options.isEmpty)
        for option in options {
            // What the parser adds itself, such as the default in parentheses, explains nothing.
            let words = option.trimmingCharacters(in: .whitespaces)
                .replacing(/<[^>]*>|\([^)]*\)|--?[a-z-]+|,/, with: "")
            #expect(words.contains(/[a-z]{3}/), "\(option) has no help")
        }
    }
}
