import ArgumentParser
import EventLedger

/// `store-admin account set`
struct AccountSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change an account's settings.",
        discussion: """
            A key that is older than the account's retention is not known any more: a request with it makes a new event. \
            Choose a window that is longer than any client goes on trying. Keys that have expired stay so, also if the \
            window is made longer later or is lifted.

            The limits count every request of all of the account's tokens, by the minutes and the days of UTC. One over a \
            limit is answered with 429.

            What is left out stays as it is. It takes effect at once, also while a server holds the store.

            EXAMPLE
              store-admin account set acme --limit-minute 600 --limit-day 100000
            """
    )

    @OptionGroup var store: StoreOptions

    @Argument(help: "The account's name.")
    var name: String

    @Option(
        help: ArgumentHelp(
            """
            How long the account's keys answer: such as 90d, 12h or 30m (minutes), at most \(TimeSpan.longestText); \
            "never" keeps them for ever.
            """,
            valueName: "time"
        ),
        transform: RetentionWindow.init(argument:)
    )
    var keyRetention: RetentionWindow?

    @Option(
        help: ArgumentHelp(
            "How many requests the account may send in a minute, or never to lift it.",
            valueName: "number"
        ),
        transform: RequestLimit.init(argument:)
    )
    var limitMinute: RequestLimit?

    @Option(
        help: ArgumentHelp(
            "How many requests the account may send in a day, or never to lift it.",
            valueName: "number"
        ),
        transform: RequestLimit.init(argument:)
    )
    var limitDay: RequestLimit?

    func validate() throws {
        guard keyRetention != nil || limitMinute != nil || limitDay != nil else {
            throw ValidationError("say what to set: --key-retention, --limit-minute or --limit-day")
        }
    }

    func run() async throws {
        if let keyRetention {
            let account = try await perform(.setKeyRetention(account: name, milliseconds: keyRetention.milliseconds))
            let window = RetentionWindow(milliseconds: account.keyRetentionMilliseconds)
            StandardStreams.say("Keys of account \(account.name) are kept \(window.words).")
        }
        var limited: Account?
        if let limitMinute {
            limited = try await perform(
                .setRateLimit(account: name, window: .minute, requests: limitMinute.requests)
            )
        }
        if let limitDay {
            limited = try await perform(.setRateLimit(account: name, window: .day, requests: limitDay.requests))
        }
        if let limited {
            StandardStreams.say("Account \(limited.name) may send \(RequestLimit.words(limited.rateLimits)).")
        }
    }

    private func perform(_ change: StoreChange) async throws -> Account {
        guard case .accountChanged(let account) = try await store.access.perform(change) else {
            throw AdminFailure.unexpectedOutcome
        }
        return account
    }
}

/// How many requests may be sent in a window.
struct RequestLimit: Sendable, Hashable {
    /// The number; nil if unlimited.
    let requests: Int64?

    /// Reads an argument: a whole number, `never` or `none`.
    init(argument: String) throws {
        if argument == "never" || argument == "none" {
            requests = nil
            return
        }
        guard
            argument.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(argument), (1...Limits.requestsPerWindow).contains(number)
        else {
            throw ValidationError(
                "the limit must be a whole number from 1 to \(Limits.requestsPerWindow), or \"never\""
            )
        }
        requests = number
    }

    /// An account's limits in a sentence: it may send …
    static func words(_ limits: RateLimits) -> String {
        let words = RateLimits.Window.allCases.compactMap { window in
            limits[window].map { "\($0) requests a \(window.rawValue)" }
        }
        return words.isEmpty ? "as many requests as it likes" : words.joined(separator: " and ")
    }
}
