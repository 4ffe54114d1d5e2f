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

        init(_ information: stat) {
            device = information.st_dev
            number = information.st_ino
        }
    }

    /// What stands at a path.
    private enum Finding {
        case file(Identity)
        case none
        /// It cannot be told, such as for want of memory.
        case unknown
    }

    /// The path of a file as the system takes it, so that nothing is made for each look.
    private typealias Name = ContiguousArray<CChar>

    /// A file that is not there any more, or is another one by now.
    struct Loss: Equatable {
        var path: String
        /// Whether there is something of its name.
        var isReplaced: Bool
    }

    private struct File {
        var path: String
        var name: Name
        /// Nil where it was not there any more when it was looked for first.
        var identity: Identity?
    }

    /// A folder, and when a name in it was last made, removed or changed. Unlike the other times of a file, nobody can set this
    /// one: what is unpacked over the store with its old times is seen too.
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
    /// The folder as it was when each file was found in its place, if its time tells of everything that happens to them from
    /// then on: one look at it, before and after each transaction, is enough then.
    private var settled: Folder?
    /// How long ago the last change in the folder must be for that. Times are taken from a clock that ticks, every few
    /// milliseconds mostly and every two seconds at worst, and of two changes within a tick the second one is not seen.
    private let settledAfterSeconds: Int
    /// How many looks at the folder may follow each other before the files themselves are looked at again, for file systems that
    /// are not what they say, and for what is mounted over a file.
    private static let looksAtFolder = 64
    private var looksLeft = 0

    /// Notes the files of a store that SQLite has just opened. There are none to be noted on a file system that only SQLite knows.
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

    /// The files that are not there any more, or are others by now.
    mutating func losses() -> [Loss] {
        guard !known.isEmpty else { return [] }
        // Before the files, so that what happens to them meanwhile changes the folder once more.
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
    /// When the file, or what is known about it, was changed last.
    var changeTime: timespec {
        #if canImport(Darwin)
        st_ctimespec
        #else
        st_ctim
        #endif
    }
}
