import AsyncHTTPClient
import EventLedger
import Foundation
import IngestAPI
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks the process that holds a store to change it, over HTTP on the Unix socket beside the store.
struct ControlClient: Sendable {
    /// The store that the process holds.
    let store: StorePath
    /// The process that holds the store, for messages to the operator.
    let processID: Int32

    /// The socket that the process listens on.
    private var socketPath: String { ControlSocket.path(forStore: store.database) }

    /// Sends a change and waits for its outcome.
    ///
    /// - Throws: ``NotListening``; ``AdminFailure/unavailable(_:)`` if the process does not answer, or answers that its
    ///   store cannot be changed now; ``AdminFailure/refused(_:)`` if the change is too large for the socket.
    func perform(_ change: StoreChange) async throws -> StoreChange.Outcome {
        let exchange = Exchange(
            target: ControlSocket.changesPath,
            contentType: RequestHead.jsonType,
            body: try message(of: change),
            answerBytes: Limits.controlMessageBytes,
            purpose: "make the change",
            whereInDoubt: "so it is not known whether the change was made. \(change.whereInDoubt)"
        )
        return try await answer(to: exchange) { try ControlSocket.decodeOutcome($0) }
    }

    /// Sends a batch of events and waits for the result of each.
    ///
    /// - Parameters:
    ///   - lines: The events, one on each line.
    ///   - account: The account's name.
    /// - Throws: ``AdminFailure/unavailable(_:)`` if the process does not listen, does not answer, or answers that its
    ///   store takes no events now.
    func ingest(_ lines: [UInt8], into account: String) async throws -> [LineResult] {
        let exchange = Exchange(
            target: "\(ControlSocket.eventsPath)?\(ControlSocket.accountParameter)=\(account)",
            contentType: RequestHead.linesType,
            body: lines,
            answerBytes: Limits.batchBodyBytes,
            purpose: "store the lines",
            whereInDoubt: "so it is not known whether the lines were stored. A key that was accepted is not accepted "
                + "twice, but a line without one is"
        )
        do {
            return try await answer(to: exchange) { body in
                try JSONDecoder().decode(BatchAnswer.self, from: Data(body)).results
            }
        } catch let error as NotListening {
            throw error.failure("only the lines counted above were stored")
        }
    }

    /// Asks the process how it is doing.
    ///
    /// - Throws: ``AdminFailure/unavailable(_:)`` if the process does not listen or does not answer.
    func figures() async throws -> LiveFigures {
        let exchange = Exchange(
            method: .GET,
            target: ControlSocket.figuresPath,
            contentType: nil,
            body: [],
            answerBytes: Limits.figuresBytes,
            purpose: "report its status",
            whereInDoubt: "so there is nothing to show; it may be of another version"
        )
        do {
            return try await answer(to: exchange) { try ControlSocket.decodeFigures($0) }
        } catch let error as NotListening {
            throw error.failure("there is nothing to watch")
        }
    }

    /// Checks that a socket exists to ask the process on, whether or not the process listens.
    func requireSocket() throws(NotListening) {
        guard ControlSocket.isUsable(path: socketPath) else { throw notListening(.pathTooLong) }
        guard FileManager.default.fileExists(atPath: socketPath) else { throw notListening(.noSocket) }
    }

    private func message(of change: StoreChange) throws(AdminFailure) -> [UInt8] {
        do throws(ControlSocket.InvalidMessage) {
            return try ControlSocket.encode(change)
        } catch {
            throw .refused("the change cannot be sent to the process that holds the store: \(error.reason)")
        }
    }

    // MARK: The exchange

    /// A request, and the limits and words for its answer.
    private struct Exchange {
        var method = HTTPMethod.POST
        var target: String
        /// The type of the body; nil if there is none.
        var contentType: String?
        var body: [UInt8]
        /// The largest answer that is read, in bytes.
        var answerBytes: Int
        /// What the process is asked to do.
        var purpose: String
        /// What it means that there is no usable answer, and what the operator can do then.
        var whereInDoubt: String
    }

    private func answer<Answer>(
        to exchange: Exchange,
        _ decode: (ByteBufferView) throws -> Answer
    ) async throws -> Answer {
        try requireSocket()
        guard let url = URL(httpURLWithSocketPath: socketPath, uri: exchange.target) else {
            throw notListening(.silent)
        }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = exchange.method
        // The path of a socket names no host, but a request must have the field (RFC 9112, section 3.2).
        request.headers.add(name: "Host", value: "localhost")
        if let contentType = exchange.contentType {
            request.headers.add(name: "Content-Type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: exchange.body))
        }

        var configuration = HTTPClient.Configuration()
        // If the process does not listen now, the operator is told at once, without retries until a deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        // The sockets of SwiftNIO everywhere: on macOS the client would use others, which wait where nobody listens.
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
        do {
            let answer = try decode(try await body(answering: request, in: exchange, client))
            // The change is made, so it no longer matters how the connection ends.
            try? await client.shutdown()
            return answer
        } catch {
            try? await client.shutdown()
            throw error is AdminFailure ? error : meaning(of: error, in: exchange)
        }
    }

    private func body(
        answering request: HTTPClientRequest,
        in exchange: Exchange,
        _ client: HTTPClient
    ) async throws -> ByteBufferView {
        let response = try await client.execute(
            request,
            timeout: .milliseconds(Limits.controlAnswerTimeoutMilliseconds)
        )
        let body = try await response.body.collect(upTo: exchange.answerBytes)
        guard response.status == .ok else {
            let envelope = try? JSONDecoder().decode(ErrorEnvelope.self, from: Data(body.readableBytesView))
            let reason = envelope?.error.message ?? "it answered with HTTP status \(response.status.code)"
            // Programs that collect logs expect one line for each error.
            throw AdminFailure.unavailable(
                "\(AdminFailure.holder(processID)) holds the store and could not \(exchange.purpose): "
                    + reason.split(whereSeparator: \.isNewline).joined(separator: " ")
            )
        }
        return body.readableBytesView
    }

    private func meaning(of error: any Error, in exchange: Exchange) -> any Error {
        // Connection refused or no such file: nobody took the request, so nothing can have been changed.
        switch (error as? IOError)?.errnoCode {
        case ECONNREFUSED: return notListening(.silent)
        case ENOENT: return notListening(.noSocket)
        case EACCES, EPERM: return notListening(.notPermitted)
        default: break
        }
        if error is SocketAddressError { return notListening(.pathTooLong) }
        return AdminFailure.unavailable(
            "\(AdminFailure.holder(processID)) holds the store and gave no usable answer on \(socketPath), "
                + exchange.whereInDoubt
        )
    }

    private func notListening(_ obstacle: NotListening.Obstacle) -> NotListening {
        NotListening(obstacle: obstacle, store: store, processID: processID)
    }
}

extension StoreChange {
    /// What an operator should do who does not know whether the change was made.
    var whereInDoubt: String {
        switch self {
        case .createToken:
            "If `store-admin token list` shows a token that nobody knows, revoke it; then try again"
        case .createApp:
            "If `store-admin app list` shows an app that nobody knows, delete it; then try again"
        case .rotateAppSecret:
            "Rotate the secret again: if the change was made, nobody knows the new secret"
        case .changeContact:
            "`store-admin contact get` shows the contact as it is"
        case .createAccount, .revokeToken, .deleteApp, .rotateSigningKey, .setRateLimit, .setKeyRetention, .expireKeys,
            .eraseEvents:
            "Run the same command again; this does no harm if the change was already made"
        }
    }
}

/// What the process answers if it could not make a change.
private struct ErrorEnvelope: Decodable {
    struct Fault: Decodable {
        var message: String
    }

    var error: Fault
}
