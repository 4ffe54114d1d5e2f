import EventModel
import Synchronization
import Testing

@testable import EventLedger

@Suite("What the writer's queue decides")
struct WriterQueueTests {
    @Test("a sleeping writer is woken once, a busy one is not")
    func waking() throws {
        var queue = WriterQueue()
        expect(queue.next(hasBackgroundWork: false).isSleep)
        expect(queue.admit(command()) == .wake)
        expect(queue.admit(command()) == .queued)
        expect(queue.next(hasBackgroundWork: false).batchCount == 2)
        expect(queue.admit(command()) == .queued)
    }

    @Test("a transaction takes 1,024 commands at most, in their order")
    func countLimit() throws {
        var queue = WriterQueue()
        for _ in 0..<2_500 { _ = queue.admit(command()) }
        expect(queue.next(hasBackgroundWork: false).batchCount == 1_024)
        expect(queue.next(hasBackgroundWork: false).batchCount == 1_024)
        expect(queue.next(hasBackgroundWork: false).batchCount == 452)
    }

    @Test("a transaction takes 4 MiB at most; one larger command runs alone")
    func byteLimit() throws {
        var queue = WriterQueue()
        let large = try command(bytes: 250_000)
        for _ in 0..<20 { _ = queue.admit(large) }
        let first = queue.next(hasBackgroundWork: false).batchCount
        #expect(first == Limits.bytesPerTransaction / large.byteCount)
        expect(queue.next(hasBackgroundWork: false).batchCount == 20 - (first ?? 0))
    }

    @Test("what comes in while a transaction runs goes into it, as far as there is room")
    func joining() throws {
        var queue = WriterQueue()
        for _ in 0..<1_000 { _ = queue.admit(command()) }
        guard case .run(let first, var room) = queue.next(hasBackgroundWork: false) else {
            Issue.record("nothing was to be done")
            return
        }
        #expect(first.count == 1_000)
        for _ in 0..<30 { _ = queue.admit(command()) }
        expect(queue.take(&room).count == 24)
        expect(queue.take(&room).isEmpty)
        expect(queue.next(hasBackgroundWork: false).batchCount == 6)
    }

    @Test("a list that is longer than a transaction runs by itself")
    func longList() throws {
        let account = Account.ID(rawValue: 1)
        let prepared = PreparedEvent(try event(), for: account, .forTests)
        let count = Limits.commandsPerTransaction + 1
        let list = WriterCommand.ingestMany(Array(repeating: prepared, count: count), account: account) { _ in }
        var room = TransactionRoom()
        let isListIn = room.take(list)
        #expect(isListIn)
        let single = WriterCommand.ingest(prepared, account: account, completion: .call { _ in })
        let isSingleIn = room.take(single)
        #expect(!isSingleIn)
        var begun = TransactionRoom()
        let isFirstIn = begun.take(single)
        let isListInBehind = begun.take(list)
        #expect(isFirstIn && !isListInBehind)
    }

    @Test("a list counts as many commands as it has events, and is never taken apart")
    func lists() throws {
        var queue = WriterQueue()
        for _ in 0..<20 { _ = queue.admit(command()) }
        expect(queue.admit(try list(of: 1_010)) == .queued)
        expect(queue.admit(command()) == .queued)
        expect(queue.next(hasBackgroundWork: false).batchCount == 20)
        expect(queue.next(hasBackgroundWork: false).batchCount == 2)
        // From so many accounts that none of them reaches its limit.
        let count = Limits.queuedCommands / 16
        for account in 1...15 { _ = queue.admit(try list(of: count, account: Int64(account))) }
        expect(queue.admit(try list(of: count + 1, account: 16)) == .refused(.overloaded))
        for _ in 0..<count { _ = queue.admit(command()) }
        expect(queue.admit(command()) == .refused(.overloaded))
    }

    @Test("where the writer stops, everybody who waits is told")
    func stop() throws {
        let mailbox = WriterMailbox()
        let told = Mutex<[StoreError]>([])
        let prepared = PreparedEvent(try event(), for: Account.ID(rawValue: 1), .forTests)
        for _ in 0..<3 {
            mailbox.send(
                .ingest(
                    prepared,
                    account: Account.ID(rawValue: 1),
                    completion: .call { result in
                        if case .failure(let error) = result { told.withLock { $0.append(error) } }
                    }
                )
            )
        }
        mailbox.fail(.diskFull)
        #expect(told.withLock { $0 } == [.diskFull, .diskFull, .diskFull])
        #expect(mailbox.refusal == .diskFull)
    }

    @Test("a full queue refuses a command, and takes more once there is room")
    func overloaded() throws {
        var queue = WriterQueue()
        for _ in 0..<Limits.queuedCommands { expect(queue.admit(command()) != .refused(.overloaded)) }
        expect(queue.admit(command()) == .refused(.overloaded))
        _ = queue.next(hasBackgroundWork: false)
        expect(queue.admit(command()) == .queued)
    }

    @Test("bytes are bounded as well as commands")
    func overloadedByBytes() throws {
        var queue = WriterQueue()
        let large = try command(bytes: 250_000)
        for _ in 0..<(Limits.queuedBytes / 2 / large.byteCount) { expect(queue.admit(large) == .queued) }
        expect(queue.admit(large) == .refused(.overloaded))
        expect(queue.admit(try command(bytes: 250_000, account: 2)) == .queued)
    }

    @Test("an account gets half of the queue at most, and leaves others room")
    func shares() throws {
        var queue = WriterQueue()
        for _ in 0..<16 { expect(queue.admit(try list(of: Limits.queuedCommands / 32)) == .queued) }
        expect(queue.admit(try list(of: 1)) == .refused(.overloaded))
        for _ in 0..<7 { expect(queue.admit(try list(of: Limits.queuedCommands / 32, account: 2)) == .queued) }
        expect(queue.admit(try list(of: Limits.queuedCommands / 32 + 1, account: 2)) == .refused(.overloaded))
        expect(queue.admit(try list(of: Limits.queuedCommands / 32, account: 2)) == .queued)
        // Changes by the operator count towards no account.
        expect(queue.admit(command()) == .queued)
        // After the writer has taken something, an account is checked against what it still holds.
        expect(queue.next(hasBackgroundWork: false).batchCount == 1)
        expect(queue.admit(try list(of: 1)) == .refused(.overloaded))
        expect(queue.admit(try list(of: 1_000, account: 3)) == .queued)
        for _ in 0..<3 { expect(queue.next(hasBackgroundWork: false).batchCount == 1) }
        expect(queue.admit(try list(of: 1)) == .refused(.overloaded))
        expect(queue.next(hasBackgroundWork: false).batchCount == 1)
        expect(queue.admit(try list(of: 1)) == .queued)
        while !queue.isEmpty { _ = queue.next(hasBackgroundWork: false) }
        expect(queue.admit(try list(of: 1_000)) == .queued)
    }

    @Test("a closed queue lets nothing in, answers what is in, and ends")
    func closing() throws {
        var queue = WriterQueue()
        expect(queue.next(hasBackgroundWork: false).isSleep)
        _ = queue.admit(command())
        expect(queue.close() == false)
        expect(queue.admit(command()) == .refused(.closed))
        expect(queue.next(hasBackgroundWork: true).batchCount == 1)
        expect(queue.next(hasBackgroundWork: true).isFinish)
    }

    @Test("a sleeping writer is woken to end")
    func closingAsleep() throws {
        var queue = WriterQueue()
        expect(queue.next(hasBackgroundWork: false).isSleep)
        expect(queue.close())
        expect(queue.next(hasBackgroundWork: false).isFinish)
    }

    @Test("a failed queue gives back what waits, and refuses with the reason for ever")
    func failing() throws {
        var queue = WriterQueue()
        _ = queue.admit(command())
        _ = queue.admit(command())
        expect(queue.fail(.writeFailed(reason: "sync")).count == 2)
        expect(queue.admit(command()) == .refused(.writeFailed(reason: "sync")))
        _ = queue.close()
        expect(queue.refusal == .writeFailed(reason: "sync"))
        expect(queue.next(hasBackgroundWork: true).isFinish)
    }

    @Test("work in the background is done only when nobody waits")
    func background() throws {
        var queue = WriterQueue()
        _ = queue.admit(command())
        expect(queue.next(hasBackgroundWork: true).batchCount == 1)
        guard case .workInBackground = queue.next(hasBackgroundWork: true) else {
            Issue.record("the background was forgotten")
            return
        }
    }

    private func command() -> WriterCommand {
        .settle { _ in }
    }

    private func command(bytes: Int, account: Int64 = 1) throws -> WriterCommand {
        try .prepared(
            event(data: #"{"a":""# + String(repeating: "x", count: bytes) + #""}"#),
            Account.ID(rawValue: account)
        )
    }

    private func list(of count: Int, account: Int64 = 1) throws -> WriterCommand {
        let account = Account.ID(rawValue: account)
        let prepared = PreparedEvent(try event(), for: account, .forTests)
        return .ingestMany(Array(repeating: prepared, count: count), account: account) { _ in }
    }
}

/// Checks a value taken from a queue: a macro cannot capture the queue while it is being changed.
private func expect(_ holds: Bool, at location: SourceLocation = #_sourceLocation) {
    #expect(holds, sourceLocation: location)
}

extension WriterQueue.Step {
    fileprivate var batchCount: Int? { if case .run(let commands, _) = self { commands.count } else { nil } }
    fileprivate var isSleep: Bool { if case .sleep = self { true } else { false } }
    fileprivate var isFinish: Bool { if case .finish = self { true } else { false } }
}
