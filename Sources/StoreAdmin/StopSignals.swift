#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is still done when the process is told to stop: an incomplete file is removed, and a line is written.
///
/// A stop that cannot be caught, such as SIGKILL or a power cut, leaves the file behind.
enum StopSignals {
    /// The signals by which people and systems end a process.
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    /// The file to remove. It is set before the handler that reads it is installed. What it points to is never freed,
    /// because the handler may be reading it.
    nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?
    /// The line to write. As for ``path``.
    nonisolated(unsafe) private static var line: UnsafeMutablePointer<CChar>?

    /// Makes a signal to stop remove this file, and no other, and end the process with 128 plus the signal's number.
    static func remove(_ path: String) {
        StopSignals.path = strdup(path)
        handle()
    }

    /// Makes a signal to stop write this to standard error, and end the process with 128 plus the signal's number.
    static func say(_ line: String) {
        // On a new line, after what the terminal shows of the key that was pressed.
        let beginning = StandardStreams.hasWatcher ? "\n" : ""
        StopSignals.line = strdup("\(beginning)store-admin: \(line)\n")
        handle()
    }

    private static func handle() {
        for number in signals {
            let earlier = signal(number) { number in
                // Only calls that signal-safety(7) allows.
                if let path = StopSignals.path { unlink(path) }
                if let line = StopSignals.line { _ = write(STDERR_FILENO, line, strlen(line)) }
                _exit(128 + number)
            }
            // Ignored signals stay ignored: `nohup` depends on it.
            if isIgnoring(earlier) { signal(number, SIG_IGN) }
        }
    }

    #if canImport(Darwin)
    private typealias Handler = @convention(c) (Int32) -> Void
    #else
    private typealias Handler = __sighandler_t
    #endif

    private static func isIgnoring(_ handler: Handler?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN as Handler?, to: Int.self)
    }
}
