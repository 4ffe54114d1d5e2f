#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes results to standard output, and everything that is said to people to standard error.
enum StandardStreams {
    /// Results could not be written.
    struct OutputFailed: Error {
        /// Whoever read the results has closed its end, as `head` does once it has seen enough.
        var isClosedPipe: Bool
        /// The system's word for what failed.
        var reason: String
    }

    /// Makes a closed pipe an error of the write instead of the death of the process: a change that is under way is then
    /// still finished and reported.
    static func ignoreClosedPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Writes results to standard output.
    ///
    /// - Throws: ``OutputFailed`` where not all of them could be written.
    static func output(_ bytes: [UInt8]) throws(OutputFailed) {
        try write(bytes, to: STDOUT_FILENO)
    }

    /// Says something to whoever is watching: a line on standard error. That nobody can read it is no failure.
    static func say(_ line: String) {
        try? write(Array((line + "\n").utf8), to: STDERR_FILENO)
    }

    /// Whether standard error is a terminal, with somebody in front of it.
    static var hasWatcher: Bool { isatty(STDERR_FILENO) != 0 }

    /// Whether standard output is a terminal.
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) != 0 }

    /// Puts a line in the place of the last one that was shown so; an empty one takes it away.
    static func show(_ line: String) {
        // To the start of the line, and away with what stands there (ECMA-48, EL).
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
