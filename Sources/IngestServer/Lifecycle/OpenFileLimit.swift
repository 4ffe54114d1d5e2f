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
    /// Raises the limit as far as it takes, where the system lets it.
    ///
    /// - Returns: How many connections there can be: as many as are wanted, or what the limit leaves.
    static func connections(wanted: Int) -> Int {
        #if canImport(Glibc)
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let files = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return wanted }
        let needed = rlim_t(wanted + Limits.reservedFiles)
        if limit.rlim_cur < needed {
            var raised = limit
            raised.rlim_cur = min(needed, limit.rlim_max)
            if setrlimit(files, &raised) == 0 { limit = raised }
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
