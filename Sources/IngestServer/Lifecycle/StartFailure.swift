import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why the server could not start to listen, for the operator.
enum StartFailure {
    /// What failed and what to do about it.
    static func message(for error: any Error, _ settings: ServerSettings) -> String {
        let address = "\(settings.host), port \(settings.port)"
        if error is SocketAddressError.UnknownHost {
            return "The name \(settings.host) has no address. Check --host."
        }
        guard let error = error as? IOError else {
            return "Listening on \(address) failed: \(error). Check --host and --port."
        }
        switch error.errnoCode {
        case EADDRINUSE:
            return "The port \(settings.port) is in use. Stop whoever uses it, or choose another one with --port."
        case EACCES:
            return "Listening on \(address) is not permitted. Choose a port above 1023 with --port."
        case EADDRNOTAVAIL:
            return "This machine has no address \(settings.host). Choose one of its own with --host."
        default:
            return "Listening on \(address) failed: \(String(cString: strerror(error.errnoCode)))."
        }
    }
}
