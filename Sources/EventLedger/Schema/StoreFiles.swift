#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which files the database, its log and its lock were when a store was opened.
///
/// Whoever removes, renames or replaces one of them is not noticed by SQLite, which goes on writing to a file that no name leads
/// to any more: everything acknowledged from then on would be gone with the process. And a lock that is another file keeps nobody
/// out.
struct StoreFiles: Sendable {
    private struct Identity: Equatable {
        var device: dev_t
        var number: ino_t
    }

    private var known: [(path: String, identity: Identity)] = []

    /// Notes the files of a store that is open. There are none to be noted on a file system that only SQLite knows.
    init(_ path: StorePath) {
        for file in [path.database, path.writeAheadLog, path.lock] {
            if let identity = StoreFiles.identity(file) { known.append((file, identity)) }
        }
    }

    /// The path of a file that is not there any more, or is another one by now; nil where all are as they were.
    func firstMissing() -> String? {
        known.first { StoreFiles.identity($0.path) != $0.identity }?.path
    }

    private static func identity(_ path: String) -> Identity? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        return Identity(device: information.st_dev, number: information.st_ino)
    }
}
