#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The right to write to a store, held by one process at a time through a lock on a file beside it.
///
/// The lock belongs to an open file (`flock`). So the system drops it when its process ends, however it ends, and a
/// second store object within one process is refused like another process. The file holds the process ID for people and
/// tools to read. It stays when the lock is released: removing it would let two processes hold locks on two files of
/// one name.
package struct StoreLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// How often, and at what interval, taking the lock is tried: a process that asks who holds a store takes the lock
    /// itself for an instant.
    private static let attempts = 20
    private static let attemptMicroseconds: UInt32 = 5_000

    /// Takes the lock.
    ///
    /// - Throws: ``StoreError/inUse(processID:)`` if another process holds it.
    package init(_ path: StorePath) throws(StoreError) {
        self.descriptor = try StoreLock.take(path)
    }

    deinit {
        close(descriptor)
    }

    /// The ID of the process that holds a store for writing; nil if none does, 0 if it is unknown.
    package static func holder(of path: StorePath) -> Int32? {
        let descriptor = open(path.lock, O_RDONLY | O_CLOEXEC)
        // Without permission to read the lock, the holder is unknown; 0 stands for that.
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

    /// Opens the lock's file, and makes it if there is none.
    ///
    /// A file that the superuser makes is given to the database's owner, as SQLite does with its log, or to the
    /// folder's owner if there is no database yet: otherwise it would keep that user's server out. A file that already
    /// existed keeps its owner, because its name may lead elsewhere.
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
        // Only a note for people: if it cannot be written (a full disk), the lock is no weaker.
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
