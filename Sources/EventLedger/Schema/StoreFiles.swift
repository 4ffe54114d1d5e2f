#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which files the database, its log, the log's index and the lock were when a store was opened.
///
/// Whoever removes, renames or replaces one of them is not noticed by SQLite, which goes on writing to a file that no name leads
/// to any more: everything acknowledged from then on would be gone with the process. With another index, processes do not know
/// of each other, and what one of them is reading is written over. And a lock that is another file keeps nobody out.
struct StoreFiles: Sendable {
    private struct Identity: Equatable {
        var device: dev_t
        var number: ino_t
    }

    private var known: [(path: String, identity: Identity)] = []

    /// Notes the files of a store that is open. There are none to be noted on a file system that only SQLite knows.
    init(_ path: StorePath) {
        for file in [path.database, path.writeAheadLog, path.logIndex, path.lock] {
            if case .some(let identity?) = StoreFiles.identity(file) { known.append((file, identity)) }
        }
    }

    /// The paths of files that are not there any more, or are others by now.
    func missing() -> [String] {
        known.filter { file in StoreFiles.identity(file.path).map { $0 != file.identity } ?? false }.map(\.path)
    }

    /// - Returns: A file's identity, or that there is none; nil where it cannot be told, such as for want of memory.
    private static func identity(_ path: String) -> Identity?? {
        var information = stat()
        guard stat(path, &information) == 0 else { return errno == ENOENT || errno == ENOTDIR ? .some(nil) : nil }
        return Identity(device: information.st_dev, number: information.st_ino)
    }
}
