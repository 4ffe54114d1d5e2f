import EventLedger
import HummingbirdCore
import IngestAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOTLS

/// Sets up a connection and drives the part of it that the router answers.
///
/// The handlers, beginning at the socket: ``LingeringCloseHandler``, HTTP/1.1's encoder and decoder,
/// ``ConnectionHandler``, which lets events be answered, and behind it the conversion to the types that the router
/// uses. Events are answered before the conversion, which would parse the target as a URL, copy every field, and lose
/// the HTTP version that keep-alive needs.
///
/// An encrypted connection may use HTTP/2, if client and server agree on that in the TLS handshake (RFC 7301). Then
/// ``LingeringCloseHandler`` is followed by the protocol's handler and ``StreamedConnectionHandler``. Each stream has
/// its own channel: ``StreamEndHandler``, the conversion to HTTP/1.1's parts, and from there on the same handlers.
struct IngestChannel: HTTPChannelHandler {
    /// What the router answers on: the requests of a connection, one after the other.
    typealias Requests = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    /// The streams of a connection of HTTP/2, each with one request.
    typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<Requests>
    typealias Negotiated = NIONegotiatedHTTPVersion<Requests, Streams>

    struct Value: ServerChildChannelValue {
        fileprivate enum Kind {
            case plain(Requests)
            case encrypted(EventLoopFuture<Negotiated>)
        }

        let channel: any Channel
        fileprivate let kind: Kind
    }

    let responder: Responder
    let limits: ConnectionLimits
    let connections: ConnectionRegistry
    /// The rules for all of its connections.
    let rules: ConnectionRules
    /// What answers requests to ingest events before they reach the router; nil if the router answers everything.
    let ingest: IngestEndpoint?
    /// What counts the answers; nil if they are not counted.
    let meter: RequestMeter?
    /// What connections are encrypted with; nil if they are not.
    var certificate: TLSCertificate?
    /// How many streams are open; used if connections are encrypted.
    let streams = StreamCount()

    func setup(channel: any Channel, logger _: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            connections.add(channel)
            let deadlines = RequestDeadlines(eventLoop: channel.eventLoop, limits: limits)
            let socket = LingeringCloseHandler(deadlines: deadlines, limits: limits)
            let pipeline = channel.pipeline.syncOperations
            guard let certificate else {
                try pipeline.addHandler(socket)
                return Value(channel: channel, kind: .plain(try setUpRequests(channel, deadlines, socket)))
            }
            try pipeline.addHandler(certificate.handler())
            try pipeline.addHandler(socket)
            // Until the protocol is known, nothing else can end the connection.
            socket.isNegotiated = false
            deadlines.onExpiry = { _ in channel.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil) }
            let negotiation = NIOTypedApplicationProtocolNegotiationHandler<Negotiated> { protocolName, channel in
                socket.isNegotiated = true
                return channel.eventLoop.makeCompletedFuture {
                    guard protocolName == .negotiated(TLSCertificate.http2) else {
                        deadlines.enter(.idle)
                        return .http1_1(try setUpRequests(channel, deadlines, socket))
                    }
                    // HTTP/2's frames have limits of their own.
                    socket.pieceBytes = .max
                    return .http2(try setUpStreams(channel, deadlines))
                }
            }
            try pipeline.addHandler(negotiation)
            return Value(channel: channel, kind: .encrypted(negotiation.protocolNegotiationResult))
        }
    }

    /// Sets up a connection for HTTP/1.1.
    private func setUpRequests(
        _ channel: any Channel,
        _ deadlines: RequestDeadlines,
        _ socket: LingeringCloseHandler
    ) throws -> Requests {
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = Limits.headerFieldBytes
        decoderLimits.maxHeaderListSize = Limits.headerListBytes
        decoderLimits.maxHeaderFieldCount = Limits.headerFields
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withErrorHandling: false,
            withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoderLimits
        )
        try pipeline.addHandler(connectionHandler(channel, deadlines, .connection(socket)))
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: certificate != nil))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }

    /// Sets up a connection for HTTP/2.
    private func setUpStreams(_ channel: any Channel, _ deadlines: RequestDeadlines) throws -> Streams {
        let connection = StreamedConnectionHandler(deadlines: deadlines, logger: rules.logger)
        let pipeline = channel.pipeline.syncOperations
        let streams: Streams = try pipeline.configureAsyncHTTP2Pipeline(
            mode: .server,
            streamDelegate: connection.streams,
            frameDelegate: connection.frames,
            configuration: .server
        ) { stream in
            stream.eventLoop.makeCompletedFuture { try setUpStream(stream) }
        }
        try pipeline.addHandler(connection)
        return streams
    }

    /// Sets up a stream of HTTP/2.
    private func setUpStream(_ stream: any Channel) throws -> Requests {
        let deadlines = RequestDeadlines(eventLoop: stream.eventLoop, limits: limits)
        let pipeline = stream.pipeline.syncOperations
        try pipeline.addHandler(StreamEndHandler(deadlines: deadlines))
        try pipeline.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
        try pipeline.addHandler(connectionHandler(stream, deadlines, .stream(isTaken: streams.add(stream))))
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: true))
        return try NIOAsyncChannel(wrappingChannelSynchronously: stream)
    }

    private func connectionHandler(
        _ channel: any Channel,
        _ deadlines: RequestDeadlines,
        _ transport: ConnectionHandler.Transport
    ) -> ConnectionHandler {
        let isStream = if case .stream = transport { true } else { false }
        return ConnectionHandler(
            deadlines: deadlines,
            transport: transport,
            ingest: ingest?.exchange(on: channel.eventLoop, reservesAll: isStream),
            meter: meter?.share(of: channel.eventLoop),
            rules: rules
        )
    }

    func handle(value: Value, logger: Logger) async {
        switch value.kind {
        case .plain(let requests):
            await handleHTTP(asyncChannel: requests, logger: logger)
        case .encrypted(let negotiated):
            do {
                switch try await negotiated.get() {
                case .http1_1(let requests): await handleHTTP(asyncChannel: requests, logger: logger)
                case .http2(let streams): try await handle(streams, logger)
                }
            } catch {
                // The client and the server could not agree, or the connection broke.
                rules.logger.debug("connection failed", metadata: ["error": "\(type(of: error))"])
                value.channel.close(promise: nil)
            }
        }
    }

    private func handle(_ streams: Streams, _ logger: Logger) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for try await stream in streams.inbound {
                group.addTask { await handleHTTP(asyncChannel: stream, logger: logger) }
            }
        }
    }
}
