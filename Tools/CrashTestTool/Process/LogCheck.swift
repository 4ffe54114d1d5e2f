import Foundation
import Synchronization

/// Looks whether a server's log, at its most talkative, holds anything of what was sent to it.
enum LogCheck {
    /// What every key begins with.
    static let keyPrefix = "crashkey-"
    /// What events are of, and whom they are about.
    static let eventType = "crash_test"
    static let emailDomain = "@crash-test.example"

    /// A piece of everything that clients send: tokens, keys, types, addresses.
    private static let pieces = ["privy_", keyPrefix, eventType, emailDomain]
    private static let found = Mutex<Set<String>>([])

    /// Looks through a log.
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
