import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why the server could not start to listen, or no longer listens, for the operator.
enum StartFailure {
    /// The address that was to be listened on, and the options that chose it.
    private struct Port {
        var host: String
        var port: Int
        var hostFlag: String
        var portFlag: String
    }

    /// What failed and what to do about it.
    static func message(for error: any Error, _ settings: ServerSettings) -> String {
        // SwiftNIO gives a port up if the system fails to hand over a connection with an error unknown to SwiftNIO.
        if error is ServiceGroupError {
            return "A part of the server ended by itself, for example because a port could no longer accept "
                + "connections (\(error)). Start it again."
        }
        if let failure = error as? MetricsService.PortFailure {
            let port = Port(
                host: settings.metricsHost,
                port: settings.metricsPort ?? 0,
                hostFlag: ServerOption.metricsHost.flag,
                portFlag: ServerOption.metricsPort.flag
            )
            return message(for: failure.cause, port)
        }
        let port = Port(
            host: settings.host,
            port: settings.port,
            hostFlag: ServerOption.host.flag,
            portFlag: ServerOption.port.flag
        )
        return message(for: error, port)
    }

    private static func message(for error: any Error, _ port: Port) -> String {
        let address = "\(port.host), port \(port.port)"
        if error is SocketAddressError.UnknownHost {
            return "The name \(port.host) has no address. Check \(port.hostFlag)."
        }
        guard let error = error as? IOError else {
            return "Listening on \(address) failed: \(error). Check \(port.hostFlag) and \(port.portFlag)."
        }
        switch error.errnoCode {
        case EADDRINUSE:
            return "The port \(port.port) is in use. Stop whoever uses it, or choose another one with \(port.portFlag)."
        case EACCES:
            return "Listening on \(address) is not permitted. Choose a port above 1023 with \(port.portFlag)."
        case EADDRNOTAVAIL:
            return "This machine has no address \(port.host). Choose one of its own with \(port.hostFlag)."
        default:
            return "Listening on \(address) failed: \(String(cString: strerror(error.errnoCode)))."
        }
    }
}
