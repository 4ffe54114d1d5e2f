import EventLedger

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file that an export or a backup is written to.
///
/// It gets its name only when all of it is on disk, so an unfinished file is never taken for a complete one and never
/// spoils an older one.
///
/// If the name belongs to something other than a regular file, such as a pipe or `/dev/null`, the data is written into
/// it and it stays what it is: replacing it would break whatever else uses it. A backup never replaces anything.
struct ExportFile: ~Copyable {
    /// The final path of the file, with all symbolic links resolved.
    private let path: String
    /// The path until then, which no other export uses; nil if the lines are written straight into what exists.
    private let partialPath: String?
    private let descriptor: Int32
    /// Whether an existing file of that name is replaced.
    private let replaces: Bool

    /// Creates the file under a unique temporary name, for its owner only.
    ///
    /// - Parameter store: The store that is exported, whose files must not be replaced.
    init(path: String, store: StorePath? = nil) throws(AdminFailure) {
        let opened = try ExportFile.opened(path, store)
        (self.path, partialPath, descriptor) = (opened.path, opened.partialPath, opened.descriptor)
        replaces = true
    }

    /// Creates a file for a database under a unique temporary name, for its owner only. SQLite writes it by that name.
    ///
    /// - Throws: ``AdminFailure/refused(_:)`` also if the final name is taken, or if there is a log that SQLite would
    ///   take for the new database's.
    init(newDatabase path: String, store: StorePath) throws(AdminFailure) {
        let target = try ExportFile.target(of: path)
        if store.files.contains(target) { throw ExportFile.isOfStore(path) }
        guard access(target, F_OK) != 0 else { throw ExportFile.isThere(target) }
        for file in StorePath.databaseFiles(target).dropFirst()
        where StorePath.size(of: file) > 0 && file != StorePath.logIndex(of: target) {
            throw ExportFile.isThere(file)
        }
        let created = ExportFile.create(besides: target)
        guard created.descriptor >= 0 else { throw ExportFile.failure(path, "created") }
        (self.path, partialPath, descriptor) = (target, created.path, created.descriptor)
        replaces = false
    }

    /// The path of the file until it is finished.
    var currentPath: String { partialPath ?? path }

    private typealias Opened = (path: String, partialPath: String?, descriptor: Int32)

    private static func opened(_ path: String, _ store: StorePath?) throws(AdminFailure) -> Opened {
        if try isWrittenInto(path, store) {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
            guard descriptor >= 0 else { throw failure(path, "opened") }
            return (path, nil, descriptor)
        }
        let target = try target(of: path)
        if let store, store.files.contains(target) { throw isOfStore(path) }
        let created = create(besides: target)
        guard created.descriptor >= 0 else { throw failure(path, "created") }
        return (target, created.path, created.descriptor)
    }

    /// Creates a file under a name that no other file has.
    private static func create(besides target: String) -> (path: String, descriptor: Int32) {
        let (folder, name) = StorePath.split(target)
        // A file name has at most 255 bytes, and this one is longer than the final name.
        let beginning = name.utf8.count <= 200 ? name : "export"
        while true {
            let random = String(UInt64.random(in: .min ... .max), radix: 36)
            let path = StorePath.join(folder, "\(beginning).partial-\(random)")
            // Registered before the file exists, so that a signal at any moment removes it.
            StopSignals.remove(path)
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 || errno != EEXIST { return (path, descriptor) }
        }
    }

    deinit {
        close(descriptor)
        // An unfinished file is of no use; a finished one has its final name by now.
        if let partialPath { unlink(partialPath) }
    }

    /// Appends lines.
    ///
    /// - Throws: ``AdminFailure/refused(_:)`` if the write fails; ``StandardStreams/OutputFailed`` if it fails on
    ///   something other than a regular file, so that a closed pipe is reported as one.
    func append(_ lines: [UInt8]) throws {
        do {
            try StandardStreams.write(lines, to: descriptor)
        } catch {
            guard partialPath != nil else { throw error }
            throw AdminFailure.refused("the file \(path) cannot be written: \(error.reason)")
        }
    }

    /// Gives the file its final name, once all of it is on disk.
    consuming func finish() throws(AdminFailure) {
        guard let partialPath else { return }
        guard StorePath.sync(descriptor) == 0 else { throw ExportFile.failure(path, "written") }
        try replaces ? ExportFile.replace(path, with: partialPath) : ExportFile.claim(path, for: partialPath)
        guard let fault = StorePath.syncFolder(of: path) else { return }
        throw .refused("the file \(path) is written, but a power cut could still remove its name: \(fault)")
    }

    private static func replace(_ path: String, with partialPath: String) throws(AdminFailure) {
        guard rename(partialPath, path) == 0 else { throw failure(path, "renamed") }
    }

    /// Gives the file a name that must not be taken: of two that want the same name, only one gets it.
    private static func claim(_ path: String, for partialPath: String) throws(AdminFailure) {
        // The complete file gets the name at once, or not at all.
        if link(partialPath, path) == 0 {
            guard unlink(partialPath) != 0 else { return }
            // A store with two names is not opened.
            throw .refused(
                "the file \(path) is written, but its first name cannot be removed (\(String(cString: strerror(errno)))); "
                    + "remove \(partialPath) before the copy is used"
            )
        }
        guard errno != EEXIST else { throw isThere(path) }
        // On a file system without hard links, an empty file reserves the name, and is replaced at once.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw errno == EEXIST ? isThere(path) : failure(path, "created") }
        close(descriptor)
        do throws(AdminFailure) {
            try replace(path, with: partialPath)
        } catch {
            unlink(path)
            throw error
        }
    }

    // MARK: Where it goes

    /// Whether the path is something other than a regular file, which a file must not replace.
    private static func isWrittenInto(_ path: String, _ store: StorePath?) throws(AdminFailure) -> Bool {
        var information = stat()
        guard stat(path, &information) == 0 else { return false }
        guard information.st_mode & S_IFMT != S_IFDIR else {
            throw .refused("\(path) is a folder; name a file in it")
        }
        for file in store?.files ?? [] {
            var other = stat()
            guard stat(file, &other) == 0 else { continue }
            if other.st_dev == information.st_dev && other.st_ino == information.st_ino { throw isOfStore(path) }
        }
        return information.st_mode & S_IFMT != S_IFREG
    }

    /// Follows symbolic links, even to a file that does not exist yet.
    private static func target(of path: String) throws(AdminFailure) -> String {
        var current = path
        // The number of links that Linux follows (path_resolution(7)).
        for _ in 0..<40 {
            if let real = StorePath.realPath(current) { return real }
            guard errno == ENOENT else { throw failure(path, "found") }
            let (folder, name) = StorePath.split(current)
            guard !name.isEmpty else { throw .refused("\(path) is not the name of a file") }
            guard let realFolder = StorePath.realPath(folder) else { throw failure(path, "created in \(folder)") }
            let found = StorePath.join(realFolder, name)
            guard let link = StorePath.readLink(found) else { return found }
            current = link.hasPrefix("/") ? link : realFolder + "/" + link
        }
        throw .refused("\(path) leads through too many symbolic links")
    }

    private static func isOfStore(_ path: String) -> AdminFailure {
        .refused("\(path) is a file of the store itself, which would be destroyed; name another file")
    }

    private static func isThere(_ path: String) -> AdminFailure {
        .refused("there is a file \(path) already; name another file, or move that one away")
    }

    private static func failure(_ path: String, _ what: String) -> AdminFailure {
        .refused("the file \(path) cannot be \(what): \(String(cString: strerror(errno)))")
    }
}
