#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is still done where the process is told to stop: a file that is not complete is taken away, and a word is said.
///
/// What cannot be caught, SIGKILL or a power cut, leaves the file.
enum StopSignals {
    /// The signals by which people and systems end a process.
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    /// The file to take away. Written before the handler is there that reads it; what it points to is never freed, because
    /// the handler may be reading it.
    nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?
    /// The line to say. As for ``path``.
    nonisolated(unsafe) private static var line: UnsafeMutablePointer<CChar>?

    /// From now on a signal to stop removes this file, and no other, and ends the process with 128 and the signal's number.
    static func remove(_ path: String) {
        StopSignals.path = strdup(path)
        handle()
    }

    /// From now on a signal to stop says this on standard error, and ends the process with 128 and the signal's number.
    static func say(_ line: String) {
        // Below what the terminal shows of the key that was pressed.
        let beginning = StandardStreams.hasWatcher ? "\n" : ""
        StopSignals.line = strdup("\(beginning)store-admin: \(line)\n")
        handle()
    }

    private static func handle() {
        for number in signals {
            let earlier = signal(number) { number in
                // Only what signal-safety(7) allows.
                if let path = StopSignals.path { unlink(path) }
                if let line = StopSignals.line { _ = write(STDERR_FILENO, line, strlen(line)) }
                _exit(128 + number)
            }
            // What was ignored stays so: `nohup` counts on it.
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
