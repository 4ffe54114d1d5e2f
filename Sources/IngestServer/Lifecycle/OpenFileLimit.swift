import EventModel
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The limit of this process's open files, each connection being one. Without it connections could take all of them, and the store
/// and the control socket had none.
enum OpenFileLimit {
    #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: Int32 { RLIMIT_NOFILE }
    #endif

    /// The limit as it is; nil where the system does not tell.
    static func now() -> rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }

    /// Raises the limit as far as it takes, where the system lets it.
    ///
    /// - Returns: How many connections there can be: as many as are wanted, or what the limit leaves.
    static func connections(wanted: Int) -> Int {
        guard var limit = now() else { return wanted }
        let needed = rlim_t(wanted + Limits.reservedFiles)
        if limit.rlim_cur < needed {
            var raised = limit
            raised.rlim_cur = min(needed, limit.rlim_max)
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return connections(wanted: wanted, openFiles: UInt64(limit.rlim_cur))
    }

    /// How many connections a limit leaves beside the other files: at least half of it.
    static func connections(wanted: Int, openFiles: UInt64) -> Int {
        let openFiles = Int(clamping: openFiles)
        return max(1, min(wanted, openFiles - min(Limits.reservedFiles, openFiles / 2)))
    }
}

extension ServerSettings {
    /// The settings with no more connections than there can be open files.
    func limited(_ logger: Logger) -> ServerSettings {
        var settings = self
        settings.connections = OpenFileLimit.connections(wanted: connections)
        if settings.connections < connections {
            logger.warning(
                "the limit of open files (ulimit -n) leaves room for fewer connections",
                metadata: ["connections": "\(settings.connections)", "wanted": "\(connections)"]
            )
        }
        return settings
    }
}
