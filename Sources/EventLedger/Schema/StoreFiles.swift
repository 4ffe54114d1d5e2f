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

    /// What stands at a path.
    private enum Finding {
        case file(Identity)
        case none
        /// It cannot be told, such as for want of memory.
        case unknown
    }

    private struct File {
        var path: String
        /// The path as the system takes it, so that nothing is made for each look.
        var name: ContiguousArray<CChar>
        var identity: Identity
    }

    private var known: [File] = []

    /// Notes the files of a store that is open. There are none to be noted on a file system that only SQLite knows.
    init(_ path: StorePath) {
        for file in [path.database, path.writeAheadLog, path.logIndex, path.lock] {
            let name = file.utf8CString
            guard case .file(let identity) = StoreFiles.look(name) else { continue }
            known.append(File(path: file, name: name, identity: identity))
        }
    }

    /// The paths of files that are not there any more, or are others by now.
    func missing() -> [String] {
        var missing: [String] = []
        for file in known {
            switch StoreFiles.look(file.name) {
            case .file(let identity) where identity == file.identity: break
            case .unknown: break
            case .file, .none: missing.append(file.path)
            }
        }
        return missing
    }

    private static func look(_ name: ContiguousArray<CChar>) -> Finding {
        var information = stat()
        let code = name.withUnsafeBufferPointer { $0.baseAddress.map { stat($0, &information) } ?? -1 }
        guard code == 0 else { return errno == ENOENT || errno == ENOTDIR ? .none : .unknown }
        return .file(Identity(device: information.st_dev, number: information.st_ino))
    }
}
