import EventModel
import SQLite
import SimulatedDisk
import TestSupport
import Testing

@testable import EventLedger

/// A disk that decays. SQLite has no checksums on the pages of a database, so a flipped bit inside a value just changes
/// the value. All other damage has to be noticed, and nothing may crash the process.
@Suite("A damaged store", .serialized)
struct DamageTests {
    /// A store with every kind of page, and the expected contents.
    private let sound = Disk()
    private let clock = Clock()
    private var model = Model()
    private let damaged = Disk()

    init() throws {
        simulated_random_seed(1)
        var maker = WorkloadMaker(seed: 3)
        let store = try SimulatedStore(on: sound, clock)
        func run(_ requests: [Request]) {
            clock.now += Workload.interval
            let expected = requests.map { model.apply($0, at: clock.now) }
            #expect(store.run(requests) == expected)
        }
        run([.createAccount("second"), .createToken(account: "second", number: 1)])
        for _ in 0..<20 { run([.ingestMany(maker.newKeys(9)), .ingest(maker.large()), .ingest(maker.repeated())]) }
        run([.expireKeys(olderThanMilliseconds: 16 * Workload.interval)])
        for _ in 0..<10 { store.workInBackground() }
        store.close()
    }

    private struct Page {
        var number: Int64
        /// The table or index that the page belongs to, and whether it is an inner, leaf or overflow page.
        var kind: String
    }

    /// Some pages of each kind.
    private func pages() throws -> [Page] {
        let connection = try Connection(path: "/events.db", mode: .readOnly, fileSystem: sound.name)
        var pages: [Page] = []
        var kinds: [String: Int] = [:]
        var used: Set<Int64> = []
        try connection.prepare("SELECT pageno, name || ' ' || pagetype FROM dbstat").forEach { row in
            used.insert(row.integer(0))
            kinds[row.text(1), default: 0] += 1
            if kinds[row.text(1), default: 0] <= 2 { pages.append(Page(number: row.integer(0), kind: row.text(1))) }
            return true
        }
        let free = (1...(sound.size() / 4_096)).filter { !used.contains($0) }
        return pages + free.prefix(2).map { Page(number: $0, kind: "free") }
    }

    /// The outcome of using a damaged store.
    private enum Outcome: String {
        case sound, refused, found, silent
    }

    /// Opens the damaged store, makes every request to it, and verifies it.
    private func use() throws -> Outcome {
        let store: SimulatedStore
        do {
            store = try SimulatedStore(on: damaged, clock)
        } catch {
            return .refused
        }
        let keys = model.liveKeys(at: clock.now)
        let answers = keys.map { store.run([.ingest($0.draft)]) }
        guard store.refusal == nil, !answers.contains(where: { $0.contains { $0.contains { $0.isFailure } } }) else {
            return .refused
        }
        let isRight = zip(keys, answers).allSatisfy { $1 == [[.replayed($0.number, payloadDiffers: false)]] }
        // Payloads that differ are compared with the stored ones, which may no longer be JSON.
        let others = keys.map { draft, _ in
            var other = draft
            other.data = #"{"other":true}"#
            return Request.ingest(other)
        }
        _ = store.run(others)
        for _ in 0..<3 { store.workInBackground() }
        guard store.refusal == nil else { return .refused }
        guard let reader = try? ReadConnection(damaged.store, .tiny) else { return .refused }
        guard let findings = try? reader.verify() else { return .refused }
        guard findings.isEmpty else { return .found }
        guard isRight, let contents = try? Contents(reader.connection) else { return .silent }
        return contents == Contents(model) ? .sound : .silent
    }

    @Test("a bit that flips, in whatever page, is refused, found, or does no harm, and never ends the process")
    func flippedBits() throws {
        print("seed \(Effort.damageSeed); repeat with: \(Effort.repetition)")
        var random = SeededGenerator(seed: Effort.damageSeed)
        var outcomes: [String: [Outcome: Int]] = [:]
        for page in try pages() {
            for _ in 0..<40 {
                // Most bytes that are not part of a value are at the beginning of the page or of a cell.
                let byte =
                    Bool.random(using: &random)
                    ? Int64.random(in: 0..<64, using: &random) : .random(in: 0..<4_096, using: &random)
                let bit = ((page.number - 1) * 4_096 + byte) * 8 + .random(in: 0..<8, using: &random)
                damaged.become(sound, after: SIMULATED_CRASH_PROCESS_KILL, seed: 0)
                damaged.flip(bit: bit)
                let outcome = try use()
                outcomes[page.kind, default: [:]][outcome, default: 0] += 1
                let isIndex = page.kind.hasPrefix("ledger_") || page.kind == "free"
                #expect(!(isIndex && outcome == .silent), "bit \(bit) of \(page.kind), seed \(Effort.damageSeed)")
            }
        }
        for (kind, counts) in outcomes.sorted(by: { $0.key < $1.key }) {
            print("\(kind): " + counts.map { "\($0.value) \($0.key.rawValue)" }.sorted().joined(separator: ", "))
        }
        #expect(outcomes.count > 20)
        // Otherwise the store might refuse everything that is not exactly as it was.
        let counts = outcomes.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        for outcome in [Outcome.sound, .refused, .found] { #expect(counts[outcome, default: 0] > 0, "\(outcome)") }
    }

    @Test("a copy that nothing was done to is sound")
    func copied() throws {
        damaged.become(sound, after: SIMULATED_CRASH_PROCESS_KILL, seed: 0)
        #expect(try use() == .sound)
    }

    @Test("a file that was cut short is refused, or found damaged, or still whole")
    func cutShort() throws {
        var random = SeededGenerator(seed: Effort.damageSeed)
        let size = sound.size()
        let pages = (0...(size / 4_096)).map { $0 * 4_096 }
        for length in pages + (0..<100).map({ _ in Int64.random(in: 0..<size, using: &random) }) {
            damaged.become(sound, after: SIMULATED_CRASH_PROCESS_KILL, seed: 0)
            damaged.cut(to: length)
            // A file of length zero is not a damaged store but a store that does not exist yet.
            guard length > 0 else { continue }
            let outcome = try use()
            #expect(outcome != .silent, "cut to \(length) of \(size) bytes")
        }
    }

    @Test("a log that rots is refused, or its last transactions are taken for torn ones; cut short, it is an older one")
    func damagedLog() throws {
        simulated_random_seed(1)
        var random = SeededGenerator(seed: Effort.damageSeed)
        var maker = WorkloadMaker(seed: 4)
        let disk = Disk()
        let clock = Clock()
        var moments = [Model()]
        // Created and closed, so that the log holds nothing else.
        try SimulatedStore(on: disk, clock).close()
        do {
            let store = try SimulatedStore(on: disk, clock)
            for _ in 0..<4 {
                clock.now += Workload.interval
                let request = Request.ingestMany(maker.newKeys(5))
                var model = moments[moments.count - 1]
                let expected = model.apply(request, at: clock.now)
                #expect(store.run([request]) == [expected])
                moments.append(model)
            }
        }
        let size = disk.size("-wal")
        var refusals = 0
        for number in 0..<300 {
            damaged.become(disk, after: SIMULATED_CRASH_PROCESS_KILL, seed: 0)
            guard number % 3 != 0 else {
                damaged.cut(to: .random(in: 0..<size, using: &random), "-wal")
                try Oracle.check(damaged, clock, isOneOf: moments)
                continue
            }
            let bit = Int64.random(in: 0..<(size * 8), using: &random)
            damaged.flip(bit: bit, "-wal")
            do {
                _ = try SimulatedStore(on: damaged, clock)
            } catch {
                guard case .damaged = error else { throw error }
                refusals += 1
                continue
            }
            damaged.become(disk, after: SIMULATED_CRASH_PROCESS_KILL, seed: 0)
            damaged.flip(bit: bit, "-wal")
            try Oracle.check(damaged, clock, isOneOf: moments.suffix(3))
        }
        #expect(refusals > 100)
    }
}
