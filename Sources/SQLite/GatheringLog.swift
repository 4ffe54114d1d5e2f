import CSQLite
import Dispatch

/// Stands between SQLite and the write-ahead log of a connection, to write it in larger pieces and measure its syncs.
///
/// SQLite writes the log page by page, in two writes each, the frame's header and the page. A transaction of a thousand
/// events would be two hundred system calls. Here writes that continue the last one are gathered, and passed to the
/// file in one piece
///
/// - with the frame that ends a transaction, so that a commit's own write reports what went wrong, and all of it is in
///   the file before SQLite lets other connections know of it;
/// - before anything else is done with the file, including reading and syncing;
/// - when the next write does not fit into the same piece.
///
/// What is gathered at any other time belongs to a transaction that has not ended, which a crash would undo as well.
///
/// Before a piece is written, the file must be as long as the earlier writes made it. Whoever truncates the file in
/// place (`> events.db-wal`) removes what was acknowledged. SQLite would go on writing behind a hole, and copy the
/// zeros in it into the database.
///
/// The database file is left to SQLite. A checkpoint that a reader blocks ends without a sync and without any other
/// call whose result counts. Others then read from the file what was copied (`walCheckpoint` and `nBackfill`,
/// https://www.sqlite.org/walformat.html): what was still gathered would be missing there.
///
/// The methods of the file (https://www.sqlite.org/c3ref/io_methods.html) are replaced by copies of them. The copies
/// and everything that they need are one block of memory, because a file's methods are all that such a function can
/// reach.
final class GatheringLog {
    private struct Block {
        var methods: sqlite3_io_methods
        let original: UnsafePointer<sqlite3_io_methods>
        var syncNanoseconds: UInt64 = 0
        /// What has not been written yet, and where in the file it belongs.
        let gathered: UnsafeMutableRawBufferPointer
        var gatheredCount = 0
        var gatheredOffset: Int64 = 0
        /// Where a write has to begin in order to be gathered; nil if the next one goes straight to the file.
        var next: Int64?
        /// Where the log ends, by what was written to it and what it held at first.
        var end: Int64 = 0
        /// How often the log has started again.
        var beginnings: UInt64 = 0
        /// Whether the last header was that of a frame that ends a transaction.
        var isEnding = false
        var ends = LogEnds()
        /// Gives the system's error number of a failure.
        let fileSystem: UnsafeMutablePointer<sqlite3_vfs>?
        var systemErrorNumber: Int32 = 0
    }

    /// The system's VFS takes 128 KiB less one byte in one write, and writes nothing of what is larger.
    private static let capacity = 120 * 1024
    /// https://www.sqlite.org/fileformat2.html#the_write_ahead_log: a header of 24 bytes, of which the second four are
    /// not zero in the frame that ends a transaction. Nothing else of this size is written.
    private static let frameHeaderBytes: Int32 = 24

    /// On the heap, because SQLite keeps its address.
    private var block: UnsafeMutablePointer<Block>?

    var isAttached: Bool { block != nil }

    /// How long all syncs have taken, in nanoseconds; 0 if nothing was attached.
    var syncNanoseconds: UInt64 { block?.pointee.syncNanoseconds ?? 0 }
    /// Which ends of transactions have reached the file since this was attached.
    var ends: LogEnds { block?.pointee.ends ?? LogEnds() }

    /// How often the log has started again since this was attached, also with transactions that failed.
    var beginnings: UInt64 { block?.pointee.beginnings ?? 0 }

    /// The system's error number of the last write or sync that failed; 0 if none has failed since it was set to 0.
    var systemErrorNumber: Int32 {
        get { block?.pointee.systemErrorNumber ?? 0 }
        set { block?.pointee.systemErrorNumber = newValue }
    }

    /// Gathers writes from now on, if the connection has the log open, as it does once it has read the database.
    func attach(to connection: OpaquePointer) {
        guard block == nil, let file = file(of: connection), let original = file.pointee.pMethods else { return }
        let block = UnsafeMutablePointer<Block>.allocate(capacity: 1)
        block.initialize(
            to: Block(
                methods: original.pointee,
                original: original,
                gathered: .allocate(byteCount: GatheringLog.capacity, alignment: 16),
                fileSystem: fileSystem(of: connection)
            )
        )
        _ = original.pointee.xFileSize(file, &block.pointee.end)
        block.pointee.methods.xWrite = { GatheringLog.write($0, $1, $2, $3) }
        block.pointee.methods.xSync = { GatheringLog.sync($0, $1) }
        block.pointee.methods.xRead = { file, bytes, count, offset in
            GatheringLog.passOn(file) { $0.pointee.original.pointee.xRead(file, bytes, count, offset) }
        }
        block.pointee.methods.xTruncate = { file, size in
            GatheringLog.passOn(file) { block in
                block.pointee.end = min(block.pointee.end, size)
                return block.pointee.original.pointee.xTruncate(file, size)
            }
        }
        block.pointee.methods.xFileSize = { file, size in
            GatheringLog.passOn(file) { $0.pointee.original.pointee.xFileSize(file, size) }
        }
        file.pointee.pMethods = UnsafePointer(UnsafeRawPointer(block).assumingMemoryBound(to: sqlite3_io_methods.self))
        self.block = block
    }

    /// Restores the file's methods; called before the connection is closed, which may leave the file open for a while.
    func detach(from connection: OpaquePointer) {
        guard let block else { return }
        if let file = file(of: connection), UnsafeRawPointer(file.pointee.pMethods) == UnsafeRawPointer(block) {
            // A statement that outlives its connection may continue an open transaction; a failure shows when it reads.
            _ = GatheringLog.writeGathered(file, block)
            file.pointee.pMethods = block.pointee.original
        }
        block.pointee.gathered.deallocate()
        block.deallocate()
        self.block = nil
    }

    /// Whether the file is shorter than what was written to it.
    func isShort(of connection: OpaquePointer) -> Bool {
        guard let block, let file = file(of: connection) else { return false }
        return GatheringLog.isCut(file, block)
    }

    private func file(of connection: OpaquePointer) -> UnsafeMutablePointer<sqlite3_file>? {
        OpenFile.pointer(of: connection, .log)
    }

    private func fileSystem(of connection: OpaquePointer) -> UnsafeMutablePointer<sqlite3_vfs>? {
        var fileSystem: UnsafeMutablePointer<sqlite3_vfs>?
        let code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_VFS_POINTER, &fileSystem)
        return code == SQLITE_OK ? fileSystem : nil
    }
}

/// Which frames that end a transaction have reached the log, committed or not.
///
/// A commit may fail after its end has reached the log. Nobody sees that end, but after a crash it would count, unless
/// another one had taken its place before.
package struct LogEnds {
    fileprivate var written: UInt64 = 0
    /// How many of them are certainly on the disk.
    fileprivate var synced: UInt64 = 0

    /// Whether an end has reached the log since an earlier moment.
    package func hasNew(since earlier: LogEnds) -> Bool { written > earlier.written }
    /// Whether the last end was synced.
    package var isSynced: Bool { synced == written }
}

/// What SQLite calls.
extension GatheringLog {
    private static func write(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ bytes: UnsafeRawPointer?,
        _ count: Int32,
        _ offset: Int64
    ) -> Int32 {
        guard let block = block(of: file), let bytes else { return SQLITE_IOERR }
        let isHeader = count == frameHeaderBytes
        if isHeader {
            block.pointee.isEnding = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self) != 0
        } else if offset == 0 {
            // The log starts again. Otherwise only a frame's header resets this: SQLite may repeat the ending frame up
            // to the end of a sector, and if a sync splits the header of the last one, that header is not recognised
            // but its page must still count as an ending.
            block.pointee.isEnding = false
        }
        let isEnd = !isHeader && block.pointee.isEnding
        let code = gather(file, block, bytes, count, offset, atOnce: isEnd)
        if isEnd, code == SQLITE_OK { block.pointee.ends.written += 1 }
        return code
    }

    /// - Parameter atOnce: Whether it goes to the file now, with everything that was gathered before it.
    private static func gather(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ block: UnsafeMutablePointer<Block>,
        _ bytes: UnsafeRawPointer,
        _ count: Int32,
        _ offset: Int64,
        atOnce: Bool
    ) -> Int32 {
        guard offset == block.pointee.next, Int(count) <= capacity else {
            return passOn(file) { block in
                let code = writeToFile(file, block, bytes, count, offset)
                if code == SQLITE_OK { block.pointee.next = offset + Int64(count) }
                return code
            }
        }
        if block.pointee.gatheredCount + Int(count) > capacity {
            let code = writeGathered(file, block)
            guard code == SQLITE_OK else { return code }
        }
        if block.pointee.gatheredCount == 0 { block.pointee.gatheredOffset = offset }
        block.pointee.gathered.baseAddress?.advanced(by: block.pointee.gatheredCount)
            .copyMemory(from: bytes, byteCount: Int(count))
        block.pointee.gatheredCount += Int(count)
        block.pointee.next = offset + Int64(count)
        return atOnce ? writeGathered(file, block) : SQLITE_OK
    }

    private static func sync(_ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32) -> Int32 {
        passOn(file) { block in
            let start = DispatchTime.now().uptimeNanoseconds
            let code = block.pointee.original.pointee.xSync(file, flags)
            block.pointee.syncNanoseconds += DispatchTime.now().uptimeNanoseconds - start
            if code == SQLITE_OK { block.pointee.ends.synced = block.pointee.ends.written } else { noteFailure(block) }
            return code
        }
    }

    /// Calls a method of the file once everything gathered has been written. The next write goes straight to the file
    /// too: if SQLite splits a write around a sync, its second half must not stay in memory.
    private static func passOn(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ call: (UnsafeMutablePointer<Block>) -> Int32
    ) -> Int32 {
        guard let block = block(of: file) else { return SQLITE_IOERR }
        let code = writeGathered(file, block)
        block.pointee.next = nil
        guard code == SQLITE_OK else { return code }
        return call(block)
    }

    /// Drops what could not be written: SQLite rolls back the transaction that it belongs to.
    private static func writeGathered(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ block: UnsafeMutablePointer<Block>
    ) -> Int32 {
        let count = block.pointee.gatheredCount
        guard count > 0 else { return SQLITE_OK }
        block.pointee.gatheredCount = 0
        let code = writeToFile(
            file,
            block,
            block.pointee.gathered.baseAddress,
            Int32(count),
            block.pointee.gatheredOffset
        )
        if code != SQLITE_OK { block.pointee.next = nil }
        return code
    }

    private static func writeToFile(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ block: UnsafeMutablePointer<Block>,
        _ bytes: UnsafeRawPointer?,
        _ count: Int32,
        _ offset: Int64
    ) -> Int32 {
        if offset == 0 {
            // The log starts again, also if another process has truncated it after a checkpoint.
            block.pointee.end = 0
            block.pointee.beginnings += 1
        } else if isCut(file, block) {
            return csqlite_ioerr_corruptfs
        }
        let code = block.pointee.original.pointee.xWrite(file, bytes, count, offset)
        if code == SQLITE_OK {
            block.pointee.end = max(block.pointee.end, offset + Int64(count))
        } else {
            noteFailure(block)
        }
        return code
    }

    /// Whether the file is shorter than what was written to it; if its size is unknown, it is taken to be right.
    private static func isCut(_ file: UnsafeMutablePointer<sqlite3_file>?, _ block: UnsafeMutablePointer<Block>) -> Bool
    {
        var size: Int64 = 0
        return block.pointee.original.pointee.xFileSize(file, &size) == SQLITE_OK && size < block.pointee.end
    }

    private static func noteFailure(_ block: UnsafeMutablePointer<Block>) {
        let fileSystem = block.pointee.fileSystem
        block.pointee.systemErrorNumber = fileSystem?.pointee.xGetLastError?(fileSystem, 0, nil) ?? 0
    }

    /// The methods are at the beginning of the block.
    private static func block(of file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<Block>? {
        guard let file, let methods = UnsafeRawPointer(file.pointee.pMethods) else { return nil }
        return UnsafeMutablePointer(mutating: methods.assumingMemoryBound(to: Block.self))
    }
}
