import EventModel
import TestSupport

@testable import EventLedger

/// What is done to a store, step by step; a seed repeats it.
struct Workload {
    enum Step {
        /// The requests of one transaction.
        case transaction([Request])
        /// What the writer does when nobody waits.
        case background
        /// The store is closed and opened again.
        case reopen
        /// The process ends without closing the store, and another one opens it.
        case restart
    }

    let steps: [Step]
    /// The time of the first step, in milliseconds, and the time between two steps.
    static let start: Int64 = 1_800_000_000_000
    static let interval: Int64 = 1_000

    /// A workload in which everything happens in few steps: sealing and merging, every kind of contact, duplicates
    /// within a transaction and across reopenings, data on overflow pages, expiry.
    static let small: Workload = {
        var maker = WorkloadMaker(seed: 7)
        let filling = (0..<3).map { _ in Step.transaction([.ingestMany(maker.newKeys(9))]) }
        return Workload(
            steps: [
                .transaction([.createAccount("second"), .createToken(account: "second", number: 1)]),
                .transaction([.ingest(maker.draft()), .ingest(maker.draft()), .ingest(maker.repeated())]),
            ] + filling + [
                .restart,
                .transaction([.ingest(maker.repeated()), .ingest(maker.large()), .ingest(maker.unknown())]),
                .background,
                .transaction([
                    .deleteContact(account: 1, maker.repeated().contact),
                    .createContact(account: 1, email: "user3@example.com"), .dryRun(maker.draft()),
                    .ingest(maker.draft()),
                ]),
                .transaction([.ingestMany(maker.newKeys(12)), .ingest(maker.repeated(differing: true))]),
                .reopen,
                .transaction([.ingest(maker.repeated()), .eraseEvents(account: 1, [2, 3, 4, 11, 99]), .settle]),
                .transaction([.setKeyRetention(account: "second", milliseconds: 4_000), .ingest(maker.draft())]),
                .transaction([.expireKeys(olderThanMilliseconds: 8_000)]),
                .transaction([.ingest(maker.repeated())]),
                .background,
                .transaction([.ingestMany(maker.newKeys(9))]),
            ]
        )
    }()

    /// A few steps with the least of everything.
    static let smallest: Workload = {
        var maker = WorkloadMaker(seed: 7)
        return Workload(
            steps: [
                .transaction([.ingestMany(maker.newKeys(9)), .ingest(maker.draft())]),
                .restart,
                .transaction([.ingest(maker.repeated()), .ingest(maker.large()), .ingestMany(maker.newKeys(9))]),
                .background,
                .reopen,
                .transaction([.ingest(maker.draft()), .settle]),
            ]
        )
    }()

    /// The smallest workload, for the many thousand allocations that are tried one by one.
    static let briefest: Workload = {
        var maker = WorkloadMaker(seed: 7)
        return Workload(
            steps: [
                .transaction([.ingestMany(maker.newKeys(8)), .ingest(maker.draft())]),
                .transaction([.ingest(maker.repeated()), .ingest(maker.large())]),
                .background,
            ]
        )
    }()

    init(steps: [Step]) {
        self.steps = steps
    }

    /// The workload of a seed.
    init(seed: UInt64, steps count: Int) {
        var maker = WorkloadMaker(seed: seed)
        steps = (0..<count).map { _ in maker.step() }
    }
}

extension LedgerParameters {
    /// Sizes with which a few dozen keys are sealed and merged through all levels.
    static let tiny = LedgerParameters(
        entriesPerTable: 8,
        mergeFanOut: 2,
        highestLevel: 3,
        codesPerPage: 4,
        filterBitsPerKey: 12,
        entriesPerStep: 1
    )
}

/// Generates steps.
struct WorkloadMaker {
    private var random: SeededGenerator
    private var keyCount = 0
    private var tokenCount: UInt8 = 0
    private var hasSecondAccount = false
    /// The events with keys that can be repeated.
    private var made: [EventDraft] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func step() -> Workload.Step {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<6: return .background
        case 6..<11: return .reopen
        case 11..<17: return .restart
        // In a transaction of its own: events of the same transaction may be answered as if they had come before it.
        case 17..<21: return .transaction([.expireKeys(olderThanMilliseconds: time(3...30))])
        default:
            let count = chance(60) ? 1 : Int.random(in: 2...4, using: &random)
            return .transaction((0..<count).map { _ in request() })
        }
    }

    private mutating func request() -> Request {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<47: return .ingest(any())
        case 47..<49: return .dryRun(any())
        case 49..<53: return .deleteContact(account: account(), any().contact)
        case 53..<55:
            return .createContact(
                account: account(),
                email: "user\(Int.random(in: 1...12, using: &random))@example.com"
            )
        case 55..<85:
            let account = account()
            return .ingestMany((0..<Int.random(in: 1...12, using: &random)).map { _ in any(of: account) })
        case 85..<86:
            return .eraseEvents(account: account(), (0..<4).map { _ in Int64.random(in: 1...60, using: &random) })
        case 86..<88:
            hasSecondAccount = true
            return .createAccount("second")
        case 88..<90:
            guard tokenCount < 20 else { return .settle }
            tokenCount += 1
            return .createToken(account: Account.defaultName, number: tokenCount)
        case 90..<92:
            return .setKeyRetention(account: "second", milliseconds: time(2...20))
        default: return .settle
        }
    }

    private mutating func time(_ steps: ClosedRange<Int64>) -> Int64 {
        Workload.interval * Int64.random(in: steps, using: &random)
    }

    private mutating func account() -> Int64 { hasSecondAccount && chance(30) ? 2 : 1 }

    private mutating func any(of account: Int64? = nil) -> EventDraft {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            let draft = repeated(differing: chance(20))
            return account == nil || draft.account == account ? draft : self.draft(of: account)
        case 25..<29: return unknown(of: account)
        case 29..<32: return large(of: account)
        default: return draft(of: account)
        }
    }

    /// A new event, nearly always with a key.
    mutating func draft(of account: Int64? = nil) -> EventDraft {
        keyCount += 1
        let email = "user\(Int.random(in: 1...12, using: &random))@example.com"
        let draft = EventDraft(
            account: account ?? self.account(),
            key: chance(85) ? "key-\(keyCount)" : nil,
            contact: chance(20)
                ? .phone("+4930\(Int.random(in: 1...5, using: &random))")
                : .email(chance(20) ? email.uppercased() : email),
            type: chance(50) ? "order_placed" : "page_viewed",
            data: chance(10) ? nil : #"{"n":\#(keyCount), "v":1.0}"#
        )
        if draft.key != nil { made.append(draft) }
        return draft
    }

    /// Events of the first account, each with a different key.
    mutating func newKeys(_ count: Int) -> [EventDraft] {
        (0..<count).map { _ in
            var draft = draft(of: 1)
            if draft.key == nil {
                draft.key = "key-\(keyCount)"
                made.append(draft)
            }
            return draft
        }
    }

    /// An event whose data does not fit on one page.
    mutating func large(of account: Int64? = nil) -> EventDraft {
        var draft = draft(of: account)
        let length = Int.random(in: 4_000...9_000, using: &random)
        draft.data = #"{"long":""# + String(repeating: "x", count: length) + #""}"#
        if draft.key != nil { made[made.count - 1] = draft }
        return draft
    }

    /// An event about a contact that does not exist, which is refused.
    mutating func unknown(of account: Int64? = nil) -> EventDraft {
        keyCount += 1
        return EventDraft(
            account: account ?? self.account(),
            key: "key-\(keyCount)",
            contact: .unknown,
            type: "order_placed",
            data: nil
        )
    }

    /// An event that was made before, with the same payload or with another one.
    mutating func repeated(differing: Bool = false) -> EventDraft {
        guard var draft = made.randomElement(using: &random) else { return self.draft() }
        if differing { draft.data = #"{"changed":\#(keyCount)}"# }
        return draft
    }
}
