#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Takes a file away that is not complete, where the process is told to stop.
///
/// What cannot be caught, SIGKILL or a power cut, leaves the file.
enum StopSignals {
    /// The signals by which people and systems end a process.
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    /// The file to take away. Written before the handler is there that reads it; what it points to is never freed, because
    /// the handler may be reading it.
    nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?

    /// From now on a signal to stop removes this file, and no other, and ends the process with 128 and the signal's number.
    static func remove(_ path: String) {
        StopSignals.path = strdup(path)
        for number in signals {
            let earlier = signal(number) { number in
                // Only what signal-safety(7) allows.
                if let path = StopSignals.path { unlink(path) }
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
