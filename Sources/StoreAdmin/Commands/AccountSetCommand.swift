import ArgumentParser
import EventLedger

/// `store-admin account set`
struct AccountSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change an account's settings.",
        discussion: """
            A key that is older than the account's retention is not known any more: a request with it makes a new event. \
            Choose a window that is longer than any client goes on trying. It takes effect at once, also while a server \
            holds the store.

            EXAMPLE
              store-admin account set acme --key-retention 90d
            """
    )

    @OptionGroup var store: StoreOptions

    @Argument(help: "The account's name.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "How long the account's keys answer: such as 90d, 12h, or never to keep them.",
            valueName: "time"
        ),
        transform: RetentionWindow.init(argument:)
    )
    var keyRetention: RetentionWindow

    func run() async throws {
        let outcome = try await store.access.perform(
            .setKeyRetention(account: name, milliseconds: keyRetention.milliseconds)
        )
        guard case .accountChanged(let account) = outcome else { throw AdminFailure.unexpectedOutcome }
        let window = RetentionWindow(milliseconds: account.keyRetentionMilliseconds)
        StandardStreams.say("Keys of account \(account.name) are kept \(window.words).")
    }
}

/// How long something is kept.
struct RetentionWindow: Sendable, Hashable {
    /// Its length; nil for ever.
    let milliseconds: Int64?

    private static let units: [(letter: Character, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
    ]
    /// A thousand years.
    private static let longest: Int64 = 365_250 * 86_400_000

    init(milliseconds: Int64?) {
        self.milliseconds = milliseconds
    }

    /// Reads an argument: a whole number and `d`, `h`, `m` or `s`, or `never`.
    init(argument: String) throws {
        if argument == "never" {
            self.init(milliseconds: nil)
            return
        }
        guard
            let unit = RetentionWindow.units.first(where: { $0.letter == argument.last }),
            argument.utf8.dropLast().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(argument.dropLast()), number > 0, number <= RetentionWindow.longest / unit.milliseconds
        else {
            throw ValidationError("the time must be a whole number and d, h, m or s, such as 30d, or \"never\"")
        }
        self.init(milliseconds: number * unit.milliseconds)
    }

    /// The window as it is written.
    var text: String {
        guard let milliseconds else { return "never" }
        let unit = RetentionWindow.units.first { milliseconds.isMultiple(of: $0.milliseconds) }
        guard let unit else { return "\(milliseconds)ms" }
        return "\(milliseconds / unit.milliseconds)\(unit.letter)"
    }

    /// The window in a sentence: keys are kept …
    var words: String { milliseconds == nil ? "for ever" : "for \(text)" }
}
