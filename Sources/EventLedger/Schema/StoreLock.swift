#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The right to write to a store, held by one process at a time through a lock on a file beside it.
///
/// The lock belongs to an open file (`flock`), so the system drops it when its process ends, however it ends, and a
/// second store object within one process is refused like another process. The file holds the number of the process
/// for people and tools to read; it stays when the lock is given up, because removing it would let two processes hold
/// locks on two files of one name.
package struct StoreLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// How often, and how long after each other, taking the lock is tried: whoever asks who holds a store takes the
    /// lock for an instant itself.
    private static let attempts = 20
    private static let attemptMicroseconds: UInt32 = 5_000

    /// Takes the lock.
    ///
    /// - Throws: ``StoreError/inUse(processID:)`` where another process holds it.
    package init(_ path: StorePath) throws(StoreError) {
        self.descriptor = try StoreLock.take(path)
    }

    deinit {
        close(descriptor)
    }

    /// The number of the process that holds a store for writing, or nil where nobody does; 0 where it cannot be told.
    package static func holder(of path: StorePath) -> Int32? {
        let descriptor = open(path.lock, O_RDONLY | O_CLOEXEC)
        // Whoever may not read the lock cannot tell; 0 stands for a process whose number is not known.
        guard descriptor >= 0 else { return errno == EACCES ? 0 : nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return processID(in: descriptor)
    }

    private static func take(_ path: StorePath) throws(StoreError) -> Int32 {
        let descriptor = openFile(path)
        guard descriptor >= 0 else {
            switch errno {
            case ENOSPC, EDQUOT: throw .diskFull
            case EACCES: throw .unavailable(reason: notPermitted(path))
            default:
                let reason = String(cString: strerror(errno))
                throw .unavailable(reason: "opening the lock \(path.lock) failed: \(reason)")
            }
        }
        for attempt in 1...attempts {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                write(processID: getpid(), to: descriptor)
                return descriptor
            }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            if attempt < attempts { usleep(attemptMicroseconds) }
        }
        let reason = String(cString: strerror(errno))
        let isHeld = errno == EWOULDBLOCK
        let holder = processID(in: descriptor)
        close(descriptor)
        throw isHeld ? .inUse(processID: holder) : .unavailable(reason: "locking \(path.lock) failed: \(reason)")
    }

    /// Opens the lock's file, and makes it where there is none.
    ///
    /// One that the superuser makes is given to the database's owner, as SQLite does with its log, or where there is none yet to
    /// that of the folder: otherwise it would keep that user's server out. One that was there is left to whom it belongs, since
    /// its name may lead elsewhere.
    private static func openFile(_ path: StorePath) -> Int32 {
        let made = open(path.lock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made < 0 else {
            StorePath.give(made, toOwnerOf: path.exists ? path.database : StorePath.split(path.database).folder)
            return made
        }
        guard errno == EEXIST else { return -1 }
        return open(path.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }

    /// What keeps this user from the lock, and what to do.
    static func notPermitted(_ path: StorePath) -> String {
        let denied = "opening the lock \(path.lock) failed: \(String(cString: strerror(EACCES)))"
        var lock = stat()
        guard stat(path.lock, &lock) == 0 else {
            return denied + "; writing needs a folder that this user may write to, so run this as the store's owner"
        }
        return denied + "; it belongs to user \(lock.st_uid) and this is user \(geteuid()): run this as the store's "
            + "owner, or give that user the lock too (chown)"
    }

    private static func write(processID: Int32, to descriptor: Int32) {
        // A note for people: that it cannot be written (a full disk) does not make the lock any weaker.
        let text = Array("\(processID)\n".utf8)
        guard ftruncate(descriptor, 0) == 0 else { return }
        _ = pwrite(descriptor, text, text.count, 0)
    }

    private static func processID(in descriptor: Int32) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return 0 }
        let digits = bytes.prefix(count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int32(String(decoding: digits, as: UTF8.self)) ?? 0
    }
}
