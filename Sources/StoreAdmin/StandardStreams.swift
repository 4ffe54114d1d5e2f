#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes results to standard output, and all messages for people to standard error.
enum StandardStreams {
    /// Results could not be written.
    struct OutputFailed: Error {
        /// Whoever read the results closed the pipe, as `head` does once it has seen enough.
        var isClosedPipe: Bool
        /// The system's description of the failure.
        var reason: String
    }

    /// Makes a closed pipe an error of the write instead of the end of the process, so that a change in progress is
    /// still finished and reported.
    static func ignoreClosedPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Writes results to standard output.
    ///
    /// - Throws: ``OutputFailed`` if not all of them could be written.
    static func output(_ bytes: [UInt8]) throws(OutputFailed) {
        try write(bytes, to: STDOUT_FILENO)
    }

    /// Writes a line for people to standard error. It is no failure if nobody can read it.
    static func say(_ line: String) {
        try? write(Array((line + "\n").utf8), to: STDERR_FILENO)
    }

    /// Whether standard error is a terminal, so that somebody may be watching.
    static var hasWatcher: Bool { isatty(STDERR_FILENO) != 0 }

    /// Whether standard output is a terminal.
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) != 0 }

    /// Replaces the line that was last shown this way; an empty line removes it.
    static func show(_ line: String) {
        // To the start of the line, and erase the line (ECMA-48, EL).
        try? write(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
    }

    /// Writes all of the bytes to a file.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(OutputFailed) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                #if canImport(Glibc)
                return Glibc.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                return Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                return Darwin.write(descriptor, rest.baseAddress, rest.count)
                #endif
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                let code = errno
                throw OutputFailed(isClosedPipe: code == EPIPE, reason: String(cString: strerror(code)))
            }
        }
    }
}
