#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Descriptors 0 to 2, to which a process writes results and log lines whatever they are.
package enum StandardDescriptors {
    /// Opens `/dev/null` as those that are closed, before anything else is opened.
    ///
    /// Whoever starts a process may have closed them, and what it opens first gets their numbers: log lines would then go to a
    /// lock or a socket (https://www.sqlite.org/howtocorrupt.html, section 1.1).
    package static func fill() {
        var descriptor: Int32
        repeat {
            descriptor = open("/dev/null", O_RDWR)
        } while (0..<3).contains(descriptor)
        if descriptor >= 0 { close(descriptor) }
    }
}
