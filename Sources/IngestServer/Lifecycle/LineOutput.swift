import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes lines without ever waiting for whoever reads them: a reader that stands still must not block the event loops
/// that have something to report.
///
/// Lines that find no room are dropped, and their number is reported as soon as there is room again. The descriptor is
/// not set to non-blocking, because other processes may share it. It is polled before each write instead: what reports
/// that it can be written to takes as many bytes as a pipe takes at once (`PIPE_BUF`). A terminal reports so but takes
/// fewer, so it is opened once more as non-blocking.
final class LineOutput: Sendable {
    private struct State {
        /// How many lines were dropped since the last one that was written.
        var dropped = 0
        /// Whether the last line broke off in its middle.
        var isWithinLine = false
    }

    private let descriptor: Int32
    private let isOwnDescriptor: Bool
    /// Also held while something is written, so that lines of several threads do not mix, and no thread takes the room
    /// that another one has found.
    private let state = Mutex(State())

    init(descriptor: Int32) {
        let own = LineOutput.reopenedTerminal(descriptor)
        self.descriptor = own ?? descriptor
        isOwnDescriptor = own != nil
    }

    deinit {
        if isOwnDescriptor { close(descriptor) }
    }

    /// A descriptor's terminal, opened for this process alone; nil if it is none, or this user may not open it.
    private static func reopenedTerminal(_ descriptor: Int32) -> Int32? {
        guard isatty(descriptor) == 1 else { return nil }
        #if os(Linux)
        // This works even if the terminal has no name here, as in a container.
        let name: String? = "/proc/self/fd/\(descriptor)"
        #else
        let name = ttyname(descriptor).map { String(cString: $0) }
        #endif
        guard let name else { return nil }
        let opened = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        return opened >= 0 ? opened : nil
    }

    /// Writes a line, after a note of those that were dropped, if there are any.
    func write(_ line: [UInt8], noting note: (_ dropped: Int) -> [UInt8]) {
        state.withLock { state in
            if state.dropped > 0 {
                let end = state.isWithinLine ? [UInt8(ascii: "\n")] : []
                guard put(end + note(state.dropped), &state) else {
                    state.dropped += 1
                    return
                }
                state.dropped = 0
            }
            if !put(line, &state) { state.dropped += 1 }
        }
    }

    /// - Returns: Whether all of it was written.
    private func put(_ bytes: [UInt8], _ state: inout State) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = isWritable ? rest.prefix(Int(PIPE_BUF)).withUnsafeBytes(writeNow) : 0
            guard count > 0 else {
                if rest.count < bytes.count { state.isWithinLine = true }
                return false
            }
            rest = rest.dropFirst(count)
        }
        state.isWithinLine = false
        return true
    }

    private var isWritable: Bool {
        var asked = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&asked, 1, 0) > 0
    }

    private func writeNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        writeBytes(descriptor, bytes.baseAddress, bytes.count)
    }
}

/// The process's standard error.
enum StandardError {
    static let output = LineOutput(descriptor: STDERR_FILENO)

    /// Writes one line.
    static func write(line: String) {
        output.write(Array((line + "\n").utf8)) { dropped in Array("\(dropped) lines of the log dropped\n".utf8) }
    }
}

#if canImport(Darwin)
private let writeBytes = Darwin.write
#elseif canImport(Musl)
private let writeBytes = Musl.write
#else
private let writeBytes = Glibc.write
#endif
