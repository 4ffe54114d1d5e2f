import EventModel
import Foundation
import Logging
import SQLite
import Synchronization

/// The one thread that writes to a store, and the way to reach it. The thread has SQLite to itself: neither the queue
/// nor a caller ever waits for it while holding one of Swift's cooperative threads.
final class Writer: Sendable {
    /// What opening the store found out.
    struct Opened: Sendable {
        var identifiers: IdentifierCodec
        var hashers: StoreHashers
        /// The schema's version before pending steps were applied.
        var migratedFrom: Int
    }

    let mailbox = WriterMailbox()
    let tokenIndex = TokenIndex()
    let meter = WriterMeter()
    private let end = EndSignal()

    /// Takes the store's lock, opens the store on a new thread, and returns once it can be served.
    ///
    /// - Parameter readers: The readers that have to wait if reading makes the log grow too long.
    func start(
        _ path: StorePath,
        _ parameters: LedgerParameters,
        readers: ReadPool,
        logger: Logger
    ) async throws(StoreError) -> Opened {
        let result: Result<Opened, StoreError> = await withCheckedContinuation { continuation in
            let thread = Thread { [mailbox, tokenIndex, meter, end] in
                Writer.run(path, parameters, mailbox, tokenIndex, meter, readers, logger) {
                    continuation.resume(returning: $0)
                }
                end.signal()
            }
            thread.name = "ledger-writer"
            thread.stackSize = 4 * 1_024 * 1_024
            thread.start()
        }
        return try result.get()
    }

    /// Answers what waits, writes what is due, and ends the thread.
    func finish() async {
        mailbox.close()
        await end.wait()
    }

    private static func run(
        _ path: StorePath,
        _ parameters: LedgerParameters,
        _ mailbox: WriterMailbox,
        _ tokenIndex: TokenIndex,
        _ meter: WriterMeter,
        _ readers: ReadPool,
        _ logger: Logger,
        _ didOpen: (Result<Opened, StoreError>) -> Void
    ) {
        do throws(StoreError) {
            let lock = try StoreLock(path)
            let store = try StoreOpening.openForWriting(path, parameters)
            let opened = Opened(
                identifiers: store.identifiers,
                hashers: store.hashers,
                migratedFrom: store.migratedFrom
            )
            var session = try openSession(store, tokenIndex, parameters, meter, logger)
            session.readers = readers
            var loop = WriterLoop(session: session, mailbox: mailbox, path: path, logger: logger)
            didOpen(.success(opened))
            loop.run()
            let retaken = loop.close()
            // A store that has stopped keeps its lock until its owner closes it: it still answers from its tokens in
            // memory, and would not learn of what another process changes.
            mailbox.waitUntilClosed()
            // Released only after the connection is closed.
            _ = consume lock
            _ = consume retaken
        } catch {
            mailbox.fail(error)
            didOpen(.failure(error))
        }
    }

    private static func openSession(
        _ store: consuming OpenedStore,
        _ tokenIndex: TokenIndex,
        _ parameters: LedgerParameters,
        _ meter: WriterMeter,
        _ logger: Logger
    ) throws(StoreError) -> WriterSession {
        do throws(SQLiteError) {
            return try WriterSession.open(store, tokenIndex: tokenIndex, parameters, meter: meter) { repair in
                logger.warning("the store was repaired", metadata: ["repair": "\(repair)"])
            }
        } catch {
            throw StoreError(error)
        }
    }
}

/// Tells any number of waiting tasks that the thread has ended.
private final class EndSignal: Sendable {
    private struct State {
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func signal() {
        let waiting = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiting.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }
}
