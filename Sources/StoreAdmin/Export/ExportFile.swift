#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file that an export goes into. It has its name only when all of it is on disk, so that an export that was broken
/// off is never taken for a whole one, nor spoils an older one.
struct ExportFile: ~Copyable {
    private let path: String
    /// The name until then, which no other export has.
    private let partialPath: String
    private let descriptor: Int32

    /// Creates the file, for its owner only, under a name of its own.
    init(path: String) throws(AdminFailure) {
        self.path = path
        var template = Array("\(path).partial-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw ExportFile.failure("created") }
        partialPath = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        close(descriptor)
        // What was not finished is of no use; what was has its own name by now.
        unlink(partialPath)
    }

    /// Appends lines.
    func append(_ lines: [UInt8]) throws(StandardStreams.OutputFailed) {
        try StandardStreams.write(lines, to: descriptor)
    }

    /// Gives the file its name, once all of it is on disk.
    consuming func finish() throws(AdminFailure) {
        guard fsync(descriptor) == 0 else { throw ExportFile.failure("written") }
        guard rename(partialPath, path) == 0 else { throw ExportFile.failure("renamed") }
    }

    private static func failure(_ what: String) -> AdminFailure {
        .refused("the file cannot be \(what): \(String(cString: strerror(errno)))")
    }
}
