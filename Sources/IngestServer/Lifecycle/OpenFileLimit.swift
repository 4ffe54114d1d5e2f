import EventModel
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The limit on the open files of this process, each connection being one.
///
/// Connections could otherwise take all of them, and leave none for the store and the control socket.
enum OpenFileLimit {
    #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: Int32 { RLIMIT_NOFILE }
    #endif

    /// The current limit; nil if the system does not report it.
    static func now() -> rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }

    /// Raises the limit as far as needed, if the system allows it.
    ///
    /// - Parameter threads: How many threads serve connections.
    /// - Returns: How many connections are possible: those that are wanted, or what the limit leaves; nil if it leaves
    ///   none.
    static func connections(wanted: Int, threads: Int) -> Int? {
        guard var limit = now() else { return wanted }
        let needed = rlim_t(wanted + threads * filesPerThread + Limits.reservedFiles)
        if limit.rlim_cur < needed {
            var raised = limit
            raised.rlim_cur = min(needed, limit.rlim_max)
            #if canImport(Darwin)
            // The hard limit says nothing there: without another setting of the system no process gets more than this.
            raised.rlim_cur = max(limit.rlim_cur, min(raised.rlim_cur, rlim_t(OPEN_MAX)))
            #endif
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return connections(wanted: wanted, threads: threads, openFiles: UInt64(limit.rlim_cur))
    }

    /// How many connections a limit leaves beside the other files.
    ///
    /// The other files get ``Limits/reservedFiles``, or half of what the threads leave if that is less, but at least
    /// ``Limits/leastFiles``.
    static func connections(wanted: Int, threads: Int, openFiles: UInt64) -> Int? {
        let openFiles = Int(clamping: openFiles) - threads * filesPerThread
        guard openFiles > Limits.leastFiles else { return nil }
        return min(wanted, openFiles - min(Limits.reservedFiles, max(openFiles / 2, Limits.leastFiles)))
    }

    /// What SwiftNIO opens for each thread: on Linux an epoll, an eventfd and a timerfd. If it cannot, the process
    /// ends.
    private static let filesPerThread = 3
}

extension ServerSettings {
    /// The settings with no more connections than there can be open files.
    ///
    /// - Throws: ``Invalid`` if the threads leave no files for connections.
    func limited(_ logger: Logger) throws(Invalid) -> ServerSettings {
        guard let possible = OpenFileLimit.connections(wanted: connections, threads: threads) else {
            throw Invalid(
                source: ServerOption.threads.flag,
                message: "\(threads) takes more open files than this process may have (ulimit -n)"
            )
        }
        if possible < connections {
            logger.warning(
                "the limit of open files (ulimit -n) leaves room for fewer connections",
                metadata: ["connections": "\(possible)", "wanted": "\(connections)"]
            )
        }
        var settings = self
        settings.connections = possible
        return settings
    }
}
