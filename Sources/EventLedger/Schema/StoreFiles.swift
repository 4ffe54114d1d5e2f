#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which files the database, its log, the log's index and the lock were when a store was opened.
///
/// SQLite does not notice when one of them is removed, renamed or replaced. It goes on writing to a file that no longer
/// has a name, and everything acknowledged from then on would be lost when the process ends. With different indexes,
/// processes do not know of each other, and one overwrites what another is reading. And a lock on a different file
/// keeps nobody out.
struct StoreFiles: Sendable {
    private struct Identity: Equatable {
        var device: dev_t
        var number: ino_t

        init(_ information: stat) {
            device = information.st_dev
            number = information.st_ino
        }
    }

    /// What is found at a path.
    private enum Finding {
        case file(Identity)
        case none
        /// It could not be found out, for example for lack of memory.
        case unknown
    }

    /// The path of a file as the system takes it, so that it is not converted for each check.
    private typealias Name = ContiguousArray<CChar>

    /// A file that no longer exists, or has become another one.
    struct Loss: Equatable {
        var path: String
        /// Whether something exists under its name.
        var isReplaced: Bool
    }

    private struct File {
        var path: String
        var name: Name
        /// Nil if it no longer existed at the first check.
        var identity: Identity?
    }

    /// A folder, and when a name in it was last made, removed or changed. Unlike the other times of a file, nobody can
    /// set this one, so that files unpacked over the store with their old times are noticed too.
    private struct Folder: Equatable {
        var identity: Identity
        var changedSeconds: Int
        var changedNanoseconds: Int

        init(_ information: stat) {
            identity = Identity(information)
            changedSeconds = information.changeTime.tv_sec
            changedNanoseconds = information.changeTime.tv_nsec
        }
    }

    private var known: [File] = []
    private let folderName: Name
    /// The folder as it was when each file was found in its place, if its time shows everything that happens to them
    /// from then on. One check of the folder, before and after each transaction, is then enough.
    private var settled: Folder?
    /// How long ago the last change in the folder must be for that. Times come from a clock that ticks every few
    /// milliseconds in most cases and every two seconds at worst, and the second of two changes within a tick goes
    /// unnoticed.
    private let settledAfterSeconds: Int
    /// How many times in a row only the folder may be checked before the files are checked again. This is for file
    /// systems that are not what they say, and for what is mounted over a file.
    private static let looksAtFolder = 64
    private var looksLeft = 0

    /// Notes the files of a store that SQLite has just opened; there are none on a file system that only SQLite knows.
    init(_ path: StorePath, settledAfterSeconds: Int = 3) {
        self.settledAfterSeconds = settledAfterSeconds
        folderName = StorePath.split(path.database).folder.utf8CString
        guard path.fileSystem == nil else { return }
        for file in [path.database, path.writeAheadLog, path.logIndex, path.lock] {
            let name = file.utf8CString
            var identity: Identity?
            switch StoreFiles.look(name) {
            case .file(let found): identity = found
            case .none: break
            case .unknown: continue
            }
            known.append(File(path: file, name: name, identity: identity))
        }
    }

    /// The files that no longer exist, or have become others.
    mutating func losses() -> [Loss] {
        guard !known.isEmpty else { return [] }
        // Before the files, so that whatever happens to them meanwhile changes the folder again.
        let folder = StoreFiles.information(folderName).map(Folder.init)
        if let settled, settled == folder, looksLeft > 0 {
            looksLeft -= 1
            return []
        }
        var losses: [Loss] = []
        var isAllKnown = true
        for file in known {
            switch StoreFiles.look(file.name) {
            case .file(let identity) where identity == file.identity: break
            case .unknown: isAllKnown = false
            case .file: losses.append(Loss(path: file.path, isReplaced: true))
            case .none: losses.append(Loss(path: file.path, isReplaced: false))
            }
        }
        settled = isAllKnown && losses.isEmpty ? folder.flatMap { isSettled($0) ? $0 : nil } : nil
        looksLeft = StoreFiles.looksAtFolder
        return losses
    }

    private func isSettled(_ folder: Folder) -> Bool {
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return false }
        return folder.changedSeconds <= Int(now.tv_sec) - settledAfterSeconds
    }

    private static func look(_ name: Name) -> Finding {
        guard let information = information(name) else {
            return errno == ENOENT || errno == ENOTDIR ? .none : .unknown
        }
        return .file(Identity(information))
    }

    private static func information(_ name: Name) -> stat? {
        var information = stat()
        let code = name.withUnsafeBufferPointer { $0.baseAddress.map { stat($0, &information) } ?? -1 }
        return code == 0 ? information : nil
    }
}

extension stat {
    /// When the file, or what is known about it, was last changed.
    var changeTime: timespec {
        #if canImport(Darwin)
        st_ctimespec
        #else
        st_ctim
        #endif
    }
}
