import Foundation
import TestSupport

/// One store, the clients that use it, and what they were told. A scenario disturbs it and checks it at the end.
final class Trial {
    let programs: Programs
    let history = History()
    private let clientCount: Int
    private var random: SeededGenerator
    private var token = ""
    private var readers: [FeedReader] = []
    /// Keys of earlier rounds, a few of each.
    private var older: [String] = []
    private var rounds = 0
    /// What a scenario counts.
    private(set) var counts: [String: Int] = [:]

    init(programs: Programs, clientCount: Int, seed: UInt64) {
        self.programs = programs
        self.clientCount = clientCount
        random = SeededGenerator(seed: seed)
    }

    private var clients: Clients { Clients(history: history, token: token, count: clientCount) }

    /// A trial with another store and other clients, to be disturbed in the same way.
    func another() -> Trial {
        Trial(programs: programs, clientCount: clientCount, seed: UInt64(number(in: 1...1_000_000_000)))
    }

    func number(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    func count(_ what: String) {
        counts[what, default: 0] += 1
    }

    /// What was done, on one line.
    var summary: String {
        let counted = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return
            (counted + [
                "\(history.acknowledgedKeys) keys acknowledged",
                "\(history.answers) answers, \(history.refusals) refusals",
            ])
            .joined(separator: ", ")
    }

    /// Creates a store.
    func prepare(_ store: String) throws {
        token = try programs.makeStore(store)
        readers = (0..<2).map { _ in FeedReader(token: token) }
    }

    /// Repeats the last requests, whether they were answered or not, and some of the earlier ones.
    func askAgain(_ server: Server) async {
        let recent = history.takeRecentKeys()
        await clients.askAgain(
            server.endpoint,
            keys: recent + (0..<min(10, older.count)).map { _ in older[number(in: 0...older.count - 1)] }
        )
        older += recent.prefix(3)
    }

    /// Posts and reads under load.
    ///
    /// - Parameters:
    ///   - answers: After how many answers `disturb` is called; the load goes on until the server is gone.
    ///   - disturb: Called then.
    func load(_ server: Server, until answers: Int, disturb: @escaping @Sendable () -> Void) async {
        rounds += 1
        let (round, endpoint, clients, readers) = ("\(LogCheck.keyPrefix)\(rounds)", server.endpoint, clients, readers)
        let progress = Progress()
        await withTaskGroup { group in
            group.addTask {
                await clients.load(endpoint, round: round) { answered in
                    if answered >= answers, progress.end() { disturb() }
                    return true
                }
            }
            for reader in readers {
                group.addTask { await reader.follow(endpoint) { true } }
            }
        }
    }

    /// Posts until that many answers or refusals came.
    ///
    /// - Returns: Whether the server refused anything meanwhile.
    func load(_ server: Server, answers: Int, refusals: Int) async -> Bool {
        rounds += 1
        let before = history.refusals
        let history = history
        await clients.load(server.endpoint, round: "\(LogCheck.keyPrefix)\(rounds)") { answered in
            answered < answers && history.refusals < before + refusals
        }
        return history.refusals > before
    }

    /// Posts one new event.
    func post(_ server: Server) async -> Clients.Attempt {
        rounds += 1
        return await clients.post("\(LogCheck.keyPrefix)single-\(rounds)", to: server.endpoint)
    }

    /// Starts the server again, reads everything, stops it, and verifies the store.
    func violations(_ store: String) async throws -> [String] {
        let server = try Server(programs, store: store)
        await askAgain(server)
        let everything = FeedReader(token: token)
        guard await everything.catchUp(server.endpoint, pageSize: 1_000) else { return ["the feed cannot be read"] }
        for reader in readers { await reader.catchUp(server.endpoint, pageSize: 1_000) }
        var violations = HistoryCheck.violations(history, feed: everything.seen, readers: readers.map(\.seen))
        if server.stop() != 0 { violations.append("the server does not stop cleanly") }
        let verified = try programs.run([programs.admin, "verify", "--store", store])
        violations += LogCheck.violations
        if verified.exitCode != 0 { violations.append("verify: \(verified.output)\(verified.errors)") }
        return violations
    }
}
