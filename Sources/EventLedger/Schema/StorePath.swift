#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where a store's files are: the database, its lock, and the control socket of the process that holds it.
package struct StorePath: Sendable, Hashable {
    /// The database file, by its real path, so that two names of one file are one store with one lock.
    package let database: String
    /// The name of the SQLite VFS that has the files; nil for the system's file system, as always except in tests.
    let fileSystem: String?

    /// The file whose lock says who may write.
    package var lock: String { database + ".lock" }
    /// The Unix socket on which the process that holds the store takes an operator's changes.
    package var controlSocket: String { database + ".sock" }
    /// SQLite's write-ahead log.
    package var writeAheadLog: String { StorePath.writeAheadLog(of: database) }
    /// SQLite's write-ahead log of a database file.
    static func writeAheadLog(of database: String) -> String { database + "-wal" }
    /// SQLite's index of its log, which all processes that have the store open share.
    package var logIndex: String { StorePath.logIndex(of: database) }
    package static func logIndex(of database: String) -> String { database + "-shm" }
    /// What SQLite needs to roll back a change that is made without a log.
    private static func journal(of database: String) -> String { database + "-journal" }
    /// The files that SQLite has for a database: itself, its log, the log's index, and the journal used without a log.
    package static func databaseFiles(_ database: String) -> [String] {
        [database, writeAheadLog(of: database), logIndex(of: database), journal(of: database)]
    }
    /// Whether a change to the database was begun without a log and interrupted, so that it has to be rolled back.
    var hasJournal: Bool { StorePath.size(of: StorePath.journal(of: database)) > 0 }
    /// Where a copy of the store is made that is to replace it.
    var restoring: String { database + ".restoring" }
    /// All files that a store has or may have beside each other; the one in shared memory is SQLite's index of its log.
    package var files: [String] {
        StorePath.databaseFiles(database) + [lock, controlSocket, restoring]
    }

    /// Resolves a path whose folder must exist; the file itself need not.
    ///
    /// - Throws: ``StoreError/unavailable(reason:)`` if the path leads nowhere or to something that is not a file, or
    ///   if the file has another name or is mounted by itself: each name would have its own lock and log beside it, and
    ///   two processes could write to one file (https://www.sqlite.org/howtocorrupt.html, section 2.5).
    package init(_ path: String) throws(StoreError) {
        fileSystem = nil
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .unavailable(reason: "the path of the store is empty or holds a NUL")
        }
        if let real = StorePath.realPath(path) {
            self.database = real
            var information = stat()
            guard stat(real, &information) == 0 else { throw .unavailable(reason: StorePath.words("reading", path)) }
            guard information.st_mode & S_IFMT == S_IFREG else {
                throw .unavailable(reason: "\(path) is not a file")
            }
            guard information.st_nlink <= 1 else {
                throw .unavailable(
                    reason: "\(path) is one of \(information.st_nlink) hard links to one file, and its use under "
                        + "another name cannot be seen; remove the other links, or make a copy of the store instead of a link"
                )
            }
            guard !MountPoints.contain(real) else {
                throw .unavailable(
                    reason: "\(path) is mounted by itself, and the files beside it are not those that others see; "
                        + "mount its folder instead"
                )
            }
            return
        }
        guard errno == ENOENT else { throw .unavailable(reason: StorePath.words("finding", path)) }
        let (folder, name) = StorePath.split(path)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw .unavailable(reason: "\(path) is not the name of a file")
        }
        guard let realFolder = StorePath.realPath(folder) else {
            throw .unavailable(reason: StorePath.words("finding the folder", folder))
        }
        self.database = StorePath.join(realFolder, name)
        if let target = StorePath.readLink(database) {
            throw .unavailable(
                reason: "\(path) is a symbolic link to \(target), which does not exist (is its disk mounted?)"
            )
        }
    }

    /// A store on a file system that only SQLite knows. It has no lock and no control socket.
    init(_ path: String, onFileSystem name: String) {
        database = path
        fileSystem = name
    }

    /// Whether the write-ahead log has any content. A process that has the store open for writing has written to it.
    var hasLog: Bool { StorePath.size(of: writeAheadLog) > 0 }

    /// Whether the database file exists.
    package var exists: Bool { fileSystem != nil || access(database, F_OK) == 0 }

    /// Refuses a log without its database: SQLite would silently drop the log, and what was acknowledged with it. Also
    /// refuses what an interrupted restore left, which is no place for a new store.
    package func checkFiles() throws(StoreError) {
        guard StorePath.size(of: database) == 0 else { return }
        guard !hasLog else {
            throw .damaged(
                reason: "\(database) is missing or empty, but its write-ahead log is there; "
                    + "put the database file back beside it, or restore a backup with `store-admin restore`"
            )
        }
        guard StorePath.size(of: restoring) == 0 else {
            throw .damaged(
                reason: "\(database) is missing or empty, and restoring it was broken off; "
                    + "run `store-admin restore` again, or delete \(restoring) if this is to be a new store"
            )
        }
    }

    /// The size of a file in bytes; 0 if there is none.
    package static func size(of path: String) -> Int64 {
        var information = stat()
        return stat(path, &information) == 0 ? Int64(information.st_size) : 0
    }

    /// Whether the disk is mounted so that nobody may write to it.
    var isOnReadOnlyDisk: Bool {
        var information = statvfs()
        return statvfs(database, &information) == 0 && information.f_flag & UInt(ST_RDONLY) != 0
    }

    /// How much room there is on the store's disk, in bytes; nil if that is unknown. A quota can leave less.
    var freeBytes: UInt64? {
        var information = statvfs()
        guard statvfs(database, &information) == 0 else { return nil }
        let (bytes, isTooMuch) = UInt64(information.f_bavail).multipliedReportingOverflow(
            by: UInt64(information.f_frsize)
        )
        return isTooMuch ? .max : bytes
    }

    /// Creates an empty database file that only its owner may read, unless there is one.
    ///
    /// SQLite would create it with the permissions that the umask leaves; it gives the write-ahead log the permissions
    /// of this file. Only the holder of the lock calls this, before SQLite opens the file: closing a file's descriptor
    /// drops all of the process's POSIX locks on it (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    func createDatabaseFile() throws(StoreError) {
        guard fileSystem == nil else { return }
        let descriptor = open(database, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            StorePath.give(descriptor, toOwnerOf: StorePath.split(database).folder)
            close(descriptor)
            if let fault = StorePath.syncFolder(of: database) {
                // The next opening would assume that its name is durable.
                unlink(database)
                throw .writeFailed(reason: fault)
            }
        } else if errno != EEXIST {
            throw errno == ENOSPC || errno == EDQUOT
                ? .diskFull : .unavailable(reason: StorePath.words("creating", database))
        }
    }

    /// Gives a file that the superuser has made to the owner of another file or folder: the server may run as that
    /// user.
    static func give(_ descriptor: Int32, toOwnerOf path: String) {
        var owner = stat()
        guard geteuid() == 0, stat(path, &owner) == 0 else { return }
        _ = fchown(descriptor, owner.st_uid, owner.st_gid)
    }

    /// Gives a file, or a socket, to the owner of another file.
    package static func give(_ file: String, toOwnerOf path: String) {
        var owner = stat()
        guard geteuid() == 0, stat(path, &owner) == 0 else { return }
        _ = lchown(file, owner.st_uid, owner.st_gid)
    }

    /// Makes a file's name durable: a new file is found after a power cut only if its folder was synced.
    ///
    /// If the folder may not be opened, or its file system does not sync folders, nothing can be done about it.
    ///
    /// - Returns: What failed, for people; nil if nothing did.
    package static func syncFolder(of file: String) -> String? {
        let folder = split(file).folder
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard sync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP, errno != EROFS else { return nil }
        return words("syncing", folder)
    }

    /// Makes what was written to a file, or to a folder, durable.
    ///
    /// On macOS `fsync` leaves it in the drive's cache; it is used there only if the file system knows nothing better.
    ///
    /// - Returns: 0, or -1 if that failed, and `errno` says why.
    package static func sync(_ descriptor: Int32) -> Int32 {
        #if canImport(Darwin)
        if fcntl(descriptor, F_FULLFSYNC) == 0 { return 0 }
        guard errno == ENOTSUP || errno == EINVAL || errno == ENOTTY else { return -1 }
        #endif
        return fsync(descriptor)
    }

    /// The folder that a path names, and what it names in there.
    package static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
    }

    /// The path of a name in a folder.
    package static func join(_ folder: String, _ name: String) -> String {
        folder == "/" ? "/" + name : folder + "/" + name
    }

    /// The path without symbolic links; nil if it leads to nothing, and `errno` says why.
    package static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// What a symbolic link leads to; nil if the path is not a link.
    package static func readLink(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink(path, $0.assumingMemoryBound(to: CChar.self), buffer.count) } ?? -1
        }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func words(_ action: String, _ path: String) -> String {
        "\(action) \(path) failed: \(String(cString: strerror(errno)))"
    }
}
