import EventModel
import Testing

@testable import EventLedger

@Suite("Limits on an account's requests")
struct RateLimiterTests {
    /// 2026-11-26T06:30:00Z, the start of a minute.
    static let minute: Int64 = 1_795_674_600
    static let day: Int64 = minute - minute % 86_400

    private static func at(_ second: Int64) -> Timestamp { Timestamp(millisecondsSinceEpoch: second * 1_000) }

    @Test("a minute lets as many requests in as its limit, then none until the next one")
    func minuteWindow() {
        let limiter = RateLimiter(RateLimits(perMinute: 3))
        for left in [2, 1, 0] as [Int64] {
            let report = limiter.admit(at: Self.at(Self.minute + 10))
            #expect(report.minute == .init(limit: 3, remaining: left, resetsAt: Self.minute + 60))
            #expect(report.day == nil)
            #expect(report.retryAfterSeconds == nil)
        }
        let refused = limiter.admit(at: Self.at(Self.minute + 10))
        #expect(refused.minute?.remaining == 0)
        #expect(refused.retryAfterSeconds == 50)
        #expect(limiter.admit(at: Self.at(Self.minute + 59)).retryAfterSeconds == 1)
        #expect(limiter.admit(at: Self.at(Self.minute + 60)).minute?.remaining == 2)
    }

    @Test("a request that is over the minute's limit is not counted in the day's")
    func refusedIsNotCounted() {
        let limiter = RateLimiter(RateLimits(perMinute: 1, perDay: 3))
        for _ in 0..<10 { _ = limiter.admit(at: Self.at(Self.minute)) }
        #expect(limiter.report(at: Self.at(Self.minute)).day?.remaining == 2)
    }

    @Test("an account that is over both limits waits for the later window")
    func both() {
        let limiter = RateLimiter(RateLimits(perMinute: 1, perDay: 1))
        _ = limiter.admit(at: Self.at(Self.minute))
        let refused = limiter.admit(at: Self.at(Self.minute))
        #expect(refused.retryAfterSeconds == Self.day + 86_400 - Self.minute)
        #expect(refused.day?.resetsAt == Self.day + 86_400)
    }

    @Test("a report counts nothing")
    func report() {
        let limiter = RateLimiter(RateLimits(perMinute: 5))
        _ = limiter.admit(at: Self.at(Self.minute))
        for _ in 0..<3 { #expect(limiter.report(at: Self.at(Self.minute)).minute?.remaining == 4) }
    }

    @Test("a limit that is lowered below what was counted leaves nothing, and one that is raised leaves the rest")
    func changed() {
        let limiter = RateLimiter(RateLimits(perMinute: 5))
        for _ in 0..<4 { _ = limiter.admit(at: Self.at(Self.minute)) }
        limiter.set(RateLimits(perMinute: 2))
        let refused = limiter.admit(at: Self.at(Self.minute))
        #expect(refused.minute == .init(limit: 2, remaining: 0, resetsAt: Self.minute + 60))
        #expect(refused.retryAfterSeconds == 60)
        limiter.set(RateLimits(perMinute: 6))
        #expect(limiter.admit(at: Self.at(Self.minute)).minute?.remaining == 1)
    }

    @Test("threads that read the clock at the turn of a minute and come in another order count in one window")
    func outOfOrder() {
        let limiter = RateLimiter(RateLimits(perMinute: 10))
        _ = limiter.admit(at: Self.at(Self.minute))
        _ = limiter.admit(at: Self.at(Self.minute - 1))
        #expect(limiter.admit(at: Self.at(Self.minute)).minute?.remaining == 7)
    }

    @Test("a clock that was set back does not lock an account out")
    func clockSetBack() {
        let limiter = RateLimiter(RateLimits(perMinute: 1))
        _ = limiter.admit(at: Self.at(Self.minute))
        #expect(limiter.admit(at: Self.at(Self.minute)).retryAfterSeconds != nil)
        let report = limiter.admit(at: Self.at(Self.minute - 3_600))
        #expect(report.retryAfterSeconds == nil)
        #expect(report.minute?.resetsAt == Self.minute - 3_540)
    }

    @Test("a clock that was a day ahead for a moment does not keep an account from its day")
    func clockAheadForAMoment() {
        let limiter = RateLimiter(RateLimits(perDay: 2))
        for _ in 0..<2 { _ = limiter.admit(at: Self.at(Self.day + 86_400 + 3_600)) }
        let report = limiter.admit(at: Self.at(Self.day + 3_600))
        #expect(report.retryAfterSeconds == nil)
        #expect(report.day == .init(limit: 2, remaining: 1, resetsAt: Self.day + 86_400))
    }

    @Test("only the last seconds of a window count in the one that has begun")
    func overlap() {
        for (before, remaining) in [(Limits.rateWindowOverlapSeconds, 8), (Limits.rateWindowOverlapSeconds + 1, 9)] {
            let limiter = RateLimiter(RateLimits(perMinute: 10))
            _ = limiter.admit(at: Self.at(Self.minute))
            #expect(limiter.admit(at: Self.at(Self.minute - before)).minute?.remaining == Int64(remaining))
        }
    }

    @Test("requests of many threads at once are all counted")
    func concurrent() async {
        let limiter = RateLimiter(RateLimits(perMinute: 1_000))
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<500).count { _ in limiter.admit(at: Self.at(Self.minute)).retryAfterSeconds == nil }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 1_000)
    }
}

@Suite("Counts of limited accounts in a store")
struct RateCountTests {
    private static let noon = Timestamp(millisecondsSinceEpoch: (RateLimiterTests.day + 43_200) * 1_000)

    private static func setLimit(
        _ store: SQLiteEventStore,
        _ window: RateLimits.Window,
        _ requests: Int64?
    ) async throws {
        let outcome = try await store.perform(.setRateLimit(account: "default", window: window, requests: requests))
        guard case .accountChanged(let account) = outcome else { throw StoreError.unexpected(reason: "\(outcome)") }
        #expect(account.rateLimits[window] == requests)
        #expect(try await store.account(named: "default")?.rateLimits == account.rateLimits)
    }

    private func limiter(_ store: SQLiteEventStore, _ secret: TokenSecret) throws -> RateLimiter {
        try #require(store.authorization(for: secret.digest)?.rateLimiter)
    }

    @Test("limits hold for all tokens of an account, made before or after, from the change on")
    func tokens() async throws {
        try await withStore { store in
            let (before, after) = (TokenSecret.random(), TokenSecret.random())
            _ = try await store.perform(.token(before, scopes: [.eventsRead]))
            #expect(store.authorization(for: before.digest)?.rateLimiter == nil)
            try await Self.setLimit(store, .minute, 10)
            _ = try await store.perform(.token(after, scopes: [.eventsRead]))
            #expect(try limiter(store, before) === limiter(store, after))
            _ = try limiter(store, before).admit(at: Self.noon)
            try await Self.setLimit(store, .day, 20)
            let report = try limiter(store, after).report(at: Self.noon)
            #expect(report.minute?.remaining == 9)
            #expect(report.day?.remaining == 19)
            try await Self.setLimit(store, .minute, nil)
            try await Self.setLimit(store, .day, nil)
            #expect(store.authorization(for: before.digest)?.rateLimiter == nil)
        }
    }

    /// Counts a request of a limited account, changes the file, and counts another one.
    private func reportAfter(_ sql: String, at time: Timestamp = noon) async throws -> RateLimitReport {
        let folder = TemporaryFolder()
        let secret = TokenSecret.random()
        try await withStore(in: folder) { store in
            _ = try await store.perform(.token(secret, scopes: [.eventsRead]))
            try await Self.setLimit(store, .minute, 10)
            try await Self.setLimit(store, .day, 10)
            _ = try limiter(store, secret).admit(at: Self.noon)
        }
        try folder.change(sql)
        return try await withStore(in: folder) { store in try limiter(store, secret).admit(at: time) }
    }

    @Test(
        "a count of a damaged file, of a window that no clock comes to, counts as none",
        arguments: [1 << 62, -5] as [Int64]
    )
    func damagedWindow(number: Int64) async throws {
        let report = try await reportAfter("UPDATE rate_counts SET minute = \(number), day = \(number)")
        #expect(report.minute?.remaining == 9)
        #expect(report.day?.remaining == 9)
    }

    @Test("a limit of a damaged file is one that there can be", arguments: [Int64.min, .max])
    func damagedLimit(requests: Int64) async throws {
        let report = try await reportAfter(
            "PRAGMA ignore_check_constraints = ON; UPDATE accounts SET limit_minute = \(requests)",
            at: Self.noon.advanced(byMilliseconds: 86_400_000)
        )
        #expect((0..<Limits.requestsPerWindow).contains(try #require(report.minute?.remaining)))
    }

    @Test("what was counted is known after the store was opened again, and forgotten once the limits were lifted")
    func survives() async throws {
        let folder = TemporaryFolder()
        let secret = TokenSecret.random()
        try await withStore(in: folder) { store in
            _ = try await store.perform(.token(secret, scopes: [.eventsRead]))
            try await Self.setLimit(store, .minute, 10)
            try await Self.setLimit(store, .day, 100)
            for _ in 0..<7 { _ = try limiter(store, secret).admit(at: Self.noon) }
        }
        try await withStore(in: folder) { store in
            let report = try limiter(store, secret).report(at: Self.noon)
            #expect(report.minute?.remaining == 3)
            #expect(report.day?.remaining == 93)
            try await Self.setLimit(store, .minute, nil)
            try await Self.setLimit(store, .day, nil)
            try await Self.setLimit(store, .day, 50)
        }
        try await withStore(in: folder) { store in
            let report = try limiter(store, secret).report(at: Self.noon)
            #expect(report.day?.remaining == 50)
        }
    }

    @Test("counts are due once in an interval, a bounded number at a time, and come back if they could not be written")
    func schedule() {
        let interval = Limits.rateCountIntervalMilliseconds
        func after(_ milliseconds: Int64) -> Timestamp { Timestamp(millisecondsSinceEpoch: 1_000_000 + milliseconds) }
        let index = TokenIndex()
        var content = TokenIndex.Content()
        content.limits = (1...300).map { (Account.ID(rawValue: $0), RateLimits(perDay: 9), RateLimiter.Counts()) }
        index.replaceAll(with: content)
        for (_, limiter) in index.rateLimiters { _ = limiter.admit(at: after(0)) }
        var tally = RateCountTally(openedAt: after(0))
        tally.collectIfDue(from: index, at: after(interval - 1))
        #expect(tally.isEmpty && tally.take().isEmpty)
        tally.collectIfDue(from: index, at: after(interval))
        let first = tally.take()
        #expect(first.count == Limits.rateCountsPerTransaction)
        #expect(first.allSatisfy { $0.counts.day.requests == 1 })
        tally.putBack(first)
        var written = 0
        while !tally.isEmpty { written += tally.take().count }
        #expect(written == 300)
        tally.collectIfDue(from: index, at: after(2 * interval))
        #expect(tally.isEmpty, "nothing has changed since")
        // If the clock is set back by a day, the next collection is not a day away.
        for (_, limiter) in index.rateLimiters.prefix(5) { _ = limiter.admit(at: after(0)) }
        tally.collectIfDue(from: index, at: after(-86_400_000))
        #expect(tally.take().count == 5)
    }

    @Test("a limit out of range and an account that is none are refused")
    func refusals() async throws {
        try await withStore { store in
            for requests in [0, -1, Limits.requestsPerWindow + 1] {
                let outcome = try await store.perform(
                    .setRateLimit(account: "default", window: .minute, requests: requests)
                )
                guard case .refused(.invalid(let field, _)) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(field == "limit_minute")
            }
            let unknown = try await store.perform(.setRateLimit(account: "nobody", window: .day, requests: 1))
            #expect(unknown == .refused(.unknownAccount))
        }
    }
}
