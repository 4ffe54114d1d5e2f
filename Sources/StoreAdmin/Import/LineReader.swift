import EventLedger

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads a file line by line. It keeps no more of it than the longest line that is accepted, whatever the file holds.
final class LineReader {
    /// A line, ended by LF or by the end of the file.
    enum Line: Sendable, Hashable {
        /// Where its bytes begin and end, without the LF.
        case text(Int, Int)
        /// It has more than ``Limits/importLineBytes`` bytes and was skipped.
        case tooLong
    }

    /// The size of the file in bytes; nil if it has none, as a pipe.
    let fileBytes: Int64?
    /// The bytes that were read so far.
    private(set) var bytesRead: Int64 = 0
    /// The number of the last line that was returned, from 1.
    private(set) var lineNumber = 0

    /// The file's name for people.
    private let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    private var buffer: [UInt8]
    /// The part of the buffer that was read from the file and not returned yet.
    private var rest = 0..<0
    private var isAtEnd = false

    /// The least number of bytes to read at a time.
    private static let chunkBytes = 256 * 1_024

    /// Opens a file; `-` is standard input.
    init(path: String) throws(AdminFailure) {
        isOwned = path != "-"
        name = isOwned ? "the file \(path)" : "standard input"
        descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else {
            throw .refused("\(name) cannot be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        fileBytes = isRegular ? Int64(status.st_size) : nil
        // Room for a line with its CRLF and a whole chunk after it.
        buffer = [UInt8](repeating: 0, count: Limits.importLineBytes + 2 + LineReader.chunkBytes)
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Goes on to the next line.
    ///
    /// - Returns: Nil at the end of the file. Bytes after the last LF are a line, if there are any.
    func next() throws(AdminFailure) -> Line? {
        var searched = 0
        var isTooLong = false
        while true {
            if let lineFeed = buffer[(rest.lowerBound + searched)..<rest.upperBound].firstIndex(of: 0x0A) {
                return take(to: lineFeed, resumingAt: lineFeed + 1, isTooLong: isTooLong)
            }
            if isAtEnd {
                if rest.isEmpty && !isTooLong { return nil }
                return take(to: rest.upperBound, resumingAt: rest.upperBound, isTooLong: isTooLong)
            }
            if rest.count > Limits.importLineBytes + 1 {
                isTooLong = true
                rest = 0..<0
            }
            searched = rest.count
            try fill()
        }
    }

    /// Lends the bytes of the line that ``next()`` returned last.
    func withBytes<Result>(from start: Int, to end: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    }

    private func take(to end: Int, resumingAt next: Int, isTooLong: Bool) -> Line {
        let start = rest.lowerBound
        rest = next..<rest.upperBound
        lineNumber += 1
        let hasCarriageReturn = end > start && buffer[end - 1] == 0x0D
        let length = end - start - (hasCarriageReturn ? 1 : 0)
        return isTooLong || length > Limits.importLineBytes ? .tooLong : .text(start, end)
    }

    private func fill() throws(AdminFailure) {
        if buffer.count - rest.upperBound < LineReader.chunkBytes {
            let moved = rest
            buffer.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                start.copyMemory(from: start + moved.lowerBound, byteCount: moved.count)
            }
            rest = 0..<moved.count
        }
        let start = rest.upperBound
        var count = -1
        repeat {
            count = buffer.withUnsafeMutableBytes { bytes in
                read(descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start)
            }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw .refused("\(name) cannot be read: \(String(cString: strerror(errno)))") }
        if count == 0 { isAtEnd = true }
        bytesRead += Int64(count)
        rest = rest.lowerBound..<(start + count)
    }
}
