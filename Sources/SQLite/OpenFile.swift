import CSQLite

/// A file that a connection has open, read as SQLite reads it.
struct OpenFile {
    enum Kind {
        case database, log
    }

    private let file: UnsafeMutablePointer<sqlite3_file>
    private let methods: UnsafePointer<sqlite3_io_methods>

    /// Nil if the connection does not have it open.
    init?(of connection: OpaquePointer, _ kind: Kind) {
        guard let file = OpenFile.pointer(of: connection, kind), let methods = file.pointee.pMethods else { return nil }
        self.file = file
        self.methods = methods
    }

    /// SQLite's object for a file of a connection.
    static func pointer(of connection: OpaquePointer, _ kind: Kind) -> UnsafeMutablePointer<sqlite3_file>? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let operation = kind == .database ? SQLITE_FCNTL_FILE_POINTER : SQLITE_FCNTL_JOURNAL_POINTER
        return sqlite3_file_control(connection, "main", operation, &file) == SQLITE_OK ? file : nil
    }

    /// The size in bytes; 0 if it is unknown.
    var size: Int64 {
        var size: Int64 = 0
        return methods.pointee.xFileSize(file, &size) == SQLITE_OK ? size : 0
    }

    /// Nil if they cannot be read, or there are not that many.
    func bytes(at offset: Int64, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let code = bytes.withUnsafeMutableBytes { methods.pointee.xRead(file, $0.baseAddress, Int32(count), offset) }
        return code == SQLITE_OK ? bytes : nil
    }

    /// The size of a database's pages, from its header (https://www.sqlite.org/fileformat2.html, "Page Size").
    var pageSize: Int? {
        guard let bytes = bytes(at: 16, count: 2) else { return nil }
        let size = Int(bytes[0]) << 8 | Int(bytes[1])
        return size == 1 ? 65_536 : size >= 512 ? size : nil
    }

    /// How many frames of the log SQLite knows, from the log's index, which all connections share (the field `mxFrame`
    /// in https://www.sqlite.org/walformat.html, "The WAL-Index File Format"); nil if there is none.
    var knownLogFrames: Int? {
        var region: UnsafeMutableRawPointer?
        guard
            methods.pointee.iVersion >= 2, methods.pointee.xShmMap(file, 0, 32_768, 0, &region) == SQLITE_OK,
            let region
        else { return nil }
        return Int(region.load(fromByteOffset: 16, as: UInt32.self))
    }
}
