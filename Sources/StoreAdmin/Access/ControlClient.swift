import AsyncHTTPClient
import EventLedger
import Foundation
import IngestAPI
import NIOCore
import NIOHTTP1

/// Asks the process that holds a store for changes, over HTTP on the Unix socket beside the store.
struct ControlClient: Sendable {
    /// The socket that the process listens on.
    let socketPath: String
    /// The process that holds the store, for what is said to the operator.
    let processID: Int32

    /// The process does not listen, so it took nothing and nothing was changed.
    struct NotListening: Error {
        /// How that is reported, where it stays so.
        var failure: AdminFailure
    }

    /// Sends a change and waits for what became of it.
    ///
    /// - Throws: ``NotListening``; ``AdminFailure/unavailable(_:)`` where the process does not answer, or answers that its
    ///   store cannot be changed now; ``AdminFailure/refused(_:)`` for a change that is too large for the socket.
    func perform(_ change: StoreChange) async throws -> StoreChange.Outcome {
        guard
            ControlSocket.isUsable(path: socketPath),
            FileManager.default.fileExists(atPath: socketPath),
            let url = URL(httpURLWithSocketPath: socketPath, uri: ControlSocket.changesPath)
        else { throw notListening }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = .POST
        // A path of a socket names no host, but a request must have the field (RFC 9112, section 3.2).
        request.headers.add(name: "Host", value: "localhost")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try message(of: change)))

        var configuration = HTTPClient.Configuration()
        // A process that does not listen now is told to the operator at once, not tried again until a deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let outcome = try await answer(to: request, from: client)
            // The change is made: how the connection ends is of no interest any more.
            try? await client.shutdown()
            return outcome
        } catch {
            try? await client.shutdown()
            throw error is AdminFailure ? error : meaning(of: error)
        }
    }

    private func message(of change: StoreChange) throws(AdminFailure) -> [UInt8] {
        do throws(ControlSocket.InvalidMessage) {
            return try ControlSocket.encode(change)
        } catch {
            throw .refused("the change cannot be sent to the process that holds the store: \(error.reason)")
        }
    }

    private func answer(
        to request: HTTPClientRequest,
        from client: HTTPClient
    ) async throws -> StoreChange.Outcome {
        let response = try await client.execute(
            request,
            timeout: .milliseconds(Limits.controlAnswerTimeoutMilliseconds)
        )
        let body = try await response.body.collect(upTo: Limits.controlMessageBytes)
        guard response.status == .ok else {
            let envelope = try? JSONDecoder().decode(ErrorEnvelope.self, from: Data(body.readableBytesView))
            let reason = envelope?.error.message ?? "it answered with HTTP status \(response.status.code)"
            // A log that takes errors up counts on one line an error.
            throw AdminFailure.unavailable(
                "process \(processID) holds the store and could not make the change: "
                    + reason.split(whereSeparator: \.isNewline).joined(separator: " ")
            )
        }
        return try ControlSocket.decodeOutcome(body.readableBytesView)
    }

    private func meaning(of error: any Error) -> any Error {
        // Refused or gone: nobody took the request, so nothing can have been changed.
        if let error = error as? IOError, [ECONNREFUSED, ENOENT, EACCES, EPERM].contains(error.errnoCode) {
            return notListening
        }
        if error is SocketAddressError { return notListening }
        return AdminFailure.unavailable(
            "process \(processID) holds the store and gave no usable answer on \(socketPath), so it is not known whether "
                + "the change was made. List the accounts or tokens to see, then try again"
        )
    }

    private var notListening: NotListening {
        NotListening(
            failure: .unavailable(
                "process \(processID) holds the store and cannot be asked for the change on \(socketPath); nothing was "
                    + "changed. Try again as the user that runs that process, or stop it first"
            )
        )
    }
}

/// What the process answers where it could not make a change.
private struct ErrorEnvelope: Decodable {
    struct Fault: Decodable {
        var message: String
    }

    var error: Fault
}
