import Foundation
import Synchronization

/// Checks whether a server's log, at its most verbose level, contains anything that was sent to it.
enum LogCheck {
    /// The prefix of every key.
    static let keyPrefix = "crashkey-"
    /// The type of all events, and whom they are about.
    static let eventType = "crash_test"
    static let emailDomain = "@crash-test.example"

    /// A part of everything that clients send: tokens, keys, types, addresses.
    private static let pieces = ["privy_", keyPrefix, eventType, emailDomain]
    private static let found = Mutex<Set<String>>([])

    /// Searches a log.
    static func look(at path: String) {
        guard let log = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return }
        for piece in pieces where log.range(of: Data(piece.utf8)) != nil {
            _ = found.withLock { $0.insert(piece) }
        }
    }

    /// What was found in any log so far.
    static var violations: [String] {
        found.withLock { $0.sorted() }.map { "a server's log holds \($0)" }
    }
}
