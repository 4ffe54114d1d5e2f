#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Descriptors 0 to 2, to which a process writes results and log lines no matter what they refer to.
package enum StandardDescriptors {
    /// Opens `/dev/null` for those that are closed; called before anything else is opened.
    ///
    /// Whoever starts a process may have closed them. The first files that the process opens would then get their
    /// numbers, and log lines would go to a lock or a socket (https://www.sqlite.org/howtocorrupt.html, section 1.1).
    package static func fill() {
        var descriptor: Int32
        repeat {
            descriptor = open("/dev/null", O_RDWR)
        } while (0..<3).contains(descriptor)
        if descriptor >= 0 { close(descriptor) }
    }
}
