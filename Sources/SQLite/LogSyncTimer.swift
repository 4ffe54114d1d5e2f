import CSQLite
import Dispatch

/// Measures how long the syncs of a connection's write-ahead log take.
///
/// SQLite tells how long nothing takes, and a sync is made inside a commit. So the methods of the log's file
/// (https://www.sqlite.org/c3ref/io_methods.html) are replaced by copies of them, of which one looks at the clock. The copy
/// and what it measures are one block of memory, as a file's methods are all that such a function is given.
final class LogSyncTimer {
    private struct Block {
        var methods: sqlite3_io_methods
        var original: UnsafePointer<sqlite3_io_methods>
        var nanoseconds: UInt64
    }

    /// On the heap, because SQLite keeps its address.
    private var block: UnsafeMutablePointer<Block>?

    /// How long all syncs have taken, in nanoseconds; 0 where nothing was attached.
    var nanoseconds: UInt64 { block?.pointee.nanoseconds ?? 0 }

    /// Measures the syncs from now on, if the connection has a log open, as it has once it has read the database.
    func attach(to connection: OpaquePointer) {
        guard block == nil, let file = LogSyncTimer.log(of: connection), let original = file.pointee.pMethods else {
            return
        }
        let block = UnsafeMutablePointer<Block>.allocate(capacity: 1)
        block.initialize(to: Block(methods: original.pointee, original: original, nanoseconds: 0))
        block.pointee.methods.xSync = { file, flags in
            guard let file, let methods = UnsafeRawPointer(file.pointee.pMethods) else { return SQLITE_IOERR }
            // The methods stand at the beginning of the block.
            let block = UnsafeMutablePointer(mutating: methods.assumingMemoryBound(to: Block.self))
            let start = DispatchTime.now().uptimeNanoseconds
            let code = block.pointee.original.pointee.xSync(file, flags)
            block.pointee.nanoseconds += DispatchTime.now().uptimeNanoseconds - start
            return code
        }
        file.pointee.pMethods = UnsafePointer(UnsafeRawPointer(block).assumingMemoryBound(to: sqlite3_io_methods.self))
        self.block = block
    }

    /// Gives the file its methods back; called before the connection is closed, which may leave the file open for a while.
    func detach(from connection: OpaquePointer) {
        guard let block else { return }
        if let file = LogSyncTimer.log(of: connection),
            UnsafeRawPointer(file.pointee.pMethods) == UnsafeRawPointer(block)
        {
            file.pointee.pMethods = block.pointee.original
        }
        block.deallocate()
        self.block = nil
    }

    private static func log(of connection: OpaquePointer) -> UnsafeMutablePointer<sqlite3_file>? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file)
        return code == SQLITE_OK ? file : nil
    }
}
