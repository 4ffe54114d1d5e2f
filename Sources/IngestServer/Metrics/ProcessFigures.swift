#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the system reports about this process; nil for what it does not report.
struct ProcessFigures: Sendable {
    /// Resident memory, in bytes.
    var residentBytes: Int?
    /// How many files, including sockets, are open, and how many may be.
    var openFiles: Int?
    var maximumOpenFiles: UInt64?
    /// Processor time so far, in seconds.
    var processorSeconds: Double

    /// Reads the figures. It takes a few system calls.
    static func now() -> ProcessFigures {
        var usage = rusage()
        #if canImport(Glibc)
        let own = __rusage_who_t(RUSAGE_SELF.rawValue)
        #else
        let own = RUSAGE_SELF
        #endif
        getrusage(own, &usage)
        return ProcessFigures(
            residentBytes: residentBytes(),
            openFiles: openFiles(),
            maximumOpenFiles: OpenFileLimit.now().map { UInt64($0.rlim_cur) },
            processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime)
        )
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    private static func residentBytes() -> Int? {
        // proc(5): sizes in pages, the second one what is resident.
        guard
            let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func openFiles() -> Int? {
        #if os(Linux)
        let folder = "/proc/self/fd"
        #else
        let folder = "/dev/fd"
        #endif
        // The folder itself is open while it is read.
        return (try? FileManager.default.contentsOfDirectory(atPath: folder)).map { max(0, $0.count - 1) }
    }
}
