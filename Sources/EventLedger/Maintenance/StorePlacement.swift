import EventModel

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Puts a new database in the place of a store's database, whose files get other names. Whenever the process is killed
/// or the power fails, there is the old store, or the new one, or nothing that could be taken for either.
struct StorePlacement: Sendable {
    /// Gives a file another name; returns 0 on success, and otherwise `errno` says why not.
    var move: @Sendable (_ file: String, _ name: String) -> Int32 = { rename($0, $1) }
    /// Makes the names in a file's folder durable; returns nil, or what failed.
    var syncFolder: @Sendable (_ file: String) -> String? = { StorePath.syncFolder(of: $0) }

    /// Sets aside what is there, and gives the new store its name.
    ///
    /// - Parameter earlier: The name that the database was already given, if a restore that was broken off set it
    ///   aside; nil otherwise. The remaining files get names to match.
    /// - Returns: The new name of the database file that was there; nil if there was nothing.
    /// - Throws: ``StoreError/unavailable(reason:)`` if a file could not be renamed, or the renaming may not be
    ///   durable: the files have their old names, or the reason lists their present ones.
    ///   ``StoreError/writeFailed(reason:)`` if the new store is in place but may not survive a power cut.
    func place(
        _ new: StorePath,
        at path: StorePath,
        settingAsideAs earlier: String?
    ) throws(StoreError) -> String? {
        let setAside =
            earlier ?? path.beforeRestoring + Timestamp.now().description.filter { $0.isLetter || $0.isNumber }
        let names = zip(StorePath.databaseFiles(path.database), StorePath.databaseFiles(setAside))
        var moved: [(from: String, to: String)] = []
        var fault: String?
        // The database first: a log without it is refused, and a database without its log is not.
        for (from, to) in names where fault == nil && access(from, F_OK) == 0 {
            fault = moveFault(from, to)
            if fault == nil { moved.append((from, to)) }
        }
        // Otherwise a power cut could leave the new file with the old one's log.
        fault = fault ?? syncFolder(path.database)
        fault = fault ?? moveFault(new.database, path.database)
        if let fault {
            // Stops at the first rename that fails: a database must not be there without its log.
            let isUndone = moved.reversed().allSatisfy { move($0.to, $0.from) == 0 }
            let wayOn =
                "; undoing that failed too, and \(path.database) is now named \(setAside): run this again once files can be "
                + "renamed there"
            throw .unavailable(reason: isUndone ? fault : fault + wayOn)
        }
        if let fault = syncFolder(path.database) {
            throw .writeFailed(reason: "\(fault); the new store is in place, but might not survive a power cut")
        }
        return moved.isEmpty ? earlier : setAside
    }

    private func moveFault(_ file: String, _ name: String) -> String? {
        guard move(file, name) != 0 else { return nil }
        return "renaming \(file) to \(name) failed: \(String(cString: strerror(errno)))"
    }
}

extension StorePath {
    /// How the names of set-aside files begin.
    fileprivate var beforeRestoring: String { database + ".before-restore-" }

    /// The name under which a restore that was broken off set the database aside: the latest of those that exist. Files
    /// that are still to be set aside get the same name. Nil if there is none, or if it has its own log and another one
    /// is in the way.
    var setAsideByBrokenOffRestore: String? {
        guard
            !exists, StorePath.size(of: restoring) > 0,
            let folder = opendir(StorePath.split(database).folder)
        else { return nil }
        defer { closedir(folder) }
        let beginning = StorePath.split(beforeRestoring).name
        var last: String?
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { bytes in
                bytes.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            // A time with nothing behind it: the logs that were set aside have more, and so has a lock beside them.
            guard name.hasPrefix(beginning), name.hasSuffix("Z") else { continue }
            // Without the "Z", so that times with a fraction of a second sort correctly.
            let time = String(name.dropLast())
            if time > last ?? "" { last = time }
        }
        guard let last else { return nil }
        let path = StorePath.join(StorePath.split(database).folder, last + "Z")
        // Opening a database makes an empty log beside it.
        return hasLog && StorePath.size(of: StorePath.writeAheadLog(of: path)) > 0 ? nil : path
    }
}
