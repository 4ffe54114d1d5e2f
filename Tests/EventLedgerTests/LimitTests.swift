import Dispatch
import EventModel
import Testing

@testable import EventLedger

@Suite("Limits of the store")
struct LimitTests {
    /// A store with one event, to which SQL adds more like it.
    private func store(with count: Int, bytes: Int) async throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event("common"), into: try await store.defaultAccount)
        }
        try folder.change(
            """
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < \(count - 1))
            INSERT INTO events (position, contact_number, event_type, received_at_ms, data)
            SELECT position + n, contact_number, event_type, received_at_ms, printf('{"a":%0*d}', \(bytes), 1) FROM events, n;
            UPDATE accounts SET last_event = \(count)
            """
        )
        return folder
    }

    @Test("a page of the feed ends when it holds enough bytes, and says that there is more")
    func pageBytes() async throws {
        let folder = try await store(with: 80, bytes: 256 * 1_024)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let first = try await store.events(in: account, limit: 100)
            #expect((2..<80).contains(first.events.count))
            #expect(first.hasMore)
            let rest = try await store.events(in: account, after: first.nextCursor, limit: 100)
            #expect(first.events.count + rest.events.count == 80)
        }
    }

    @Test("a page ends when so many events were looked at, also where none of them fits, and says that there is more")
    func scannedRows() async throws {
        let folder = try await store(with: Limits.rowsScannedPerPage + 2, bytes: 1)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let filter = EventFilter(type: try EventType("rare"))
            let first = try await store.events(in: account, matching: filter)
            #expect(first.events.isEmpty && first.hasMore)
            let rest = try await store.events(in: account, after: first.nextCursor, matching: filter)
            #expect(rest.events.isEmpty && !rest.hasMore)
            #expect(rest.nextCursor == (try await store.events(in: account, after: first.nextCursor)).nextCursor)
        }
    }

    @Test("one account too many is refused")
    func accounts() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        try folder.change(
            "INSERT INTO accounts (account_id, name, created_at_ms) VALUES (\(Limits.accounts), 'last', 1)"
        )
        try await withStore(in: folder) { store in
            let outcome = try await store.perform(.createAccount(name: "more", isStrict: false))
            #expect(outcome == .refused(.tooManyAccounts))
        }
    }

    @Test("reads beyond those that may wait are refused at once, and those that wait are answered")
    func queuedReads() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        let pool = ReadPool(try StorePath(folder.store), LedgerParameters(), connections: 1)
        // Each read that passes the gate opens it for the next.
        let gate = DispatchSemaphore(value: 0)
        await withTaskGroup(of: StoreError?.self) { group in
            // One runs, the others wait, and one is too many; it is not known which.
            for _ in 0..<(Limits.queuedReads + 2) {
                group.addTask {
                    do throws(StoreError) {
                        try await pool.read { _ in
                            // The timeout is only for a store that refuses none, for which this would wait forever.
                            _ = gate.wait(timeout: .now() + 20)
                            gate.signal()
                        }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var errors: [StoreError] = []
            if let first = await group.next(), let error = first { errors.append(error) }
            #expect(errors == [.overloaded])
            gate.signal()
            for await error in group { if let error { errors.append(error) } }
            #expect(errors == [.overloaded])
        }
        await pool.close()
    }

    @Test("what waits for a read that has begun is not begun itself while reads are paused")
    func waitingReads() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        let pool = ReadPool(try StorePath(folder.store), LedgerParameters(), connections: 1)
        let (begun, begin) = AsyncStream.makeStream(of: Int.self)
        let gate = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup { group in
            group.addTask { try await hold(pool, until: gate) { begin.yield(1) } }
            var numbers = begun.makeAsyncIterator()
            #expect(await numbers.next() == 1)
            group.addTask { try await pool.read { _ throws(StoreError) in _ = begin.yield(3) } }
            while pool.waitingCount == 0 { await Task.yield() }
            #expect(!pool.pause(atMostMilliseconds: 0))
            gate.signal()
            #expect(pool.pause(atMostMilliseconds: 20_000))
            #expect(pool.waitingCount == 1)
            begin.yield(2)
            pool.resume()
            #expect(await numbers.next() == 2)
            #expect(await numbers.next() == 3)
            try await group.waitForAll()
        }
        await pool.close()
    }

    @Test("reads wait while they are paused, and go on afterwards, also where one took too long to be waited for")
    func pausedReads() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        let pool = ReadPool(try StorePath(folder.store), LedgerParameters(), connections: 2)
        #expect(pool.pause(atMostMilliseconds: 0))
        let (begun, begin) = AsyncStream.makeStream(of: Int.self)
        let gate = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup { group in
            group.addTask { try await hold(pool, until: gate) { begin.yield(1) } }
            pool.resume()
            var numbers = begun.makeAsyncIterator()
            #expect(await numbers.next() == 1)
            #expect(!pool.pause(atMostMilliseconds: 1))
            gate.signal()
            pool.resume()
            group.addTask { try await pool.read { _ throws(StoreError) in _ = begin.yield(2) } }
            #expect(await numbers.next() == 2)
            try await group.waitForAll()
        }
        await pool.close()
    }

    /// Keeps a read running while a gate is closed.
    private func hold(
        _ pool: ReadPool,
        until gate: DispatchSemaphore,
        _ begun: @escaping @Sendable () -> Void
    ) async throws {
        try await pool.read { _ throws(StoreError) in
            begun()
            _ = gate.wait(timeout: .now() + 20)
        }
    }
}
