package import EventModel

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How another process asks the process that holds a store for a change: HTTP on a Unix socket beside the store's file.
///
/// `POST /changes` takes a ``StoreChange`` and answers 200 with its ``StoreChange/Outcome``, both as JSON; a failure is
/// answered with the error envelope. `POST /events?account=NAME` takes a batch of events, one on each line, and answers
/// as `POST /v1/events/batch` does. `GET /status` answers with a ``Status``, `GET /figures` with ``LiveFigures``, and
/// `GET /metrics` with the same for Prometheus. Only the user that runs the server can reach the socket: it has mode
/// 0600.
package enum ControlSocket {
    /// The path to which a change is sent, by POST.
    package static let changesPath = "/changes"
    /// The path to which a batch of events is sent, by POST.
    package static let eventsPath = "/events"
    /// The parameter that names the account of a batch; a name needs no percent-encoding.
    package static let accountParameter = "account"
    /// The path at which the holder of the store says who it is, by GET.
    package static let statusPath = "/status"
    /// The path at which the holder of the store reports its figures, by GET.
    package static let figuresPath = "/figures"
    /// The path at which it reports them for Prometheus, by GET.
    package static let metricsPath = "/metrics"
    /// The permission bits of the socket.
    package static let mode: UInt32 = 0o600

    /// The longest path of a Unix socket that fits in `sun_path`, in bytes, without the terminating NUL.
    #if canImport(Darwin)
    package static let pathBytes = 103
    #else
    package static let pathBytes = 107
    #endif

    /// Who holds a store.
    package struct Status: Sendable, Hashable, Codable {
        /// The process that holds it.
        package var pid: Int32

        package init(pid: Int32) {
            self.pid = pid
        }
    }

    /// The path of the socket of a store.
    ///
    /// - Parameter database: The path of the store's file with all symbolic links resolved, so that everybody who opens
    ///   the same store finds the same socket.
    package static func path(forStore database: String) -> String { database + ending }
    /// The database that a socket belongs to.
    package static func store(ofPath path: String) -> String { String(path.dropLast(ending.count)) }
    private static var ending: String { ".sock" }

    /// Whether a socket can have this path on this platform.
    package static func isUsable(path: String) -> Bool { path.utf8.count <= pathBytes }
}

// MARK: Messages

extension ControlSocket {
    /// A message that could not be written or read: too large, not JSON, or not of the expected form.
    package struct InvalidMessage: Error, Sendable, Hashable {
        /// What is wrong; it repeats nothing of the message.
        package var reason: String

        package init(reason: String) {
            self.reason = reason
        }
    }

    /// Writes a change as the body of a request.
    ///
    /// - Throws: ``InvalidMessage`` if it has more than ``Limits/controlMessageBytes`` bytes.
    package static func encode(_ change: StoreChange) throws(InvalidMessage) -> [UInt8] {
        try bytes(of: change)
    }

    /// Writes the outcome of a change as the body of an answer.
    package static func encode(_ outcome: StoreChange.Outcome) throws(InvalidMessage) -> [UInt8] {
        try bytes(of: outcome)
    }

    /// Writes who holds a store as the body of an answer.
    package static func encode(_ status: Status) throws(InvalidMessage) -> [UInt8] {
        try bytes(of: status)
    }

    /// Writes a server's figures as the body of an answer.
    package static func encode(_ figures: LiveFigures) throws(InvalidMessage) -> [UInt8] {
        try bytes(of: figures, atMost: Limits.figuresBytes)
    }

    /// Reads the body of an answer that holds a server's figures.
    package static func decodeFigures(_ message: some Collection<UInt8>) throws(InvalidMessage) -> LiveFigures {
        try value(of: message, atMost: Limits.figuresBytes)
    }

    /// Reads the body of a request for a change.
    package static func decodeChange(_ message: some Collection<UInt8>) throws(InvalidMessage) -> StoreChange {
        try value(of: message)
    }

    /// Reads the body of an answer to a change.
    package static func decodeOutcome(
        _ message: some Collection<UInt8>
    ) throws(InvalidMessage) -> StoreChange.Outcome {
        try value(of: message)
    }

    /// Reads the body of an answer that says who holds a store.
    package static func decodeStatus(_ message: some Collection<UInt8>) throws(InvalidMessage) -> Status {
        try value(of: message)
    }

    private static func bytes(
        of value: some Encodable,
        atMost limit: Int = Limits.controlMessageBytes
    ) throws(InvalidMessage) -> [UInt8] {
        let message: [UInt8]
        do {
            message = Array(try JSONEncoder().encode(value))
        } catch {
            throw InvalidMessage(reason: "The message cannot be written as JSON.")
        }
        try checkSize(message.count, limit)
        return message
    }

    private static func value<Value: Decodable>(
        of message: some Collection<UInt8>,
        atMost limit: Int = Limits.controlMessageBytes
    ) throws(InvalidMessage) -> Value {
        try checkSize(message.count, limit)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(message))
        } catch {
            // The decoder's own message could repeat what was sent.
            throw InvalidMessage(reason: "The message is not of the form that this version of the software knows.")
        }
    }

    private static func checkSize(_ byteCount: Int, _ limit: Int) throws(InvalidMessage) {
        guard byteCount <= limit else {
            throw InvalidMessage(reason: "The message has more than \(limit) bytes.")
        }
    }
}
