import EventLedger
import HummingbirdCore
import IngestAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Sets up a connection and drives the part of it that the router answers.
///
/// The handlers from the socket on: ``LingeringCloseHandler``, HTTP/1.1's coder and decoder, ``ConnectionHandler``, which
/// has events answered, and behind it the conversion to the types that the router speaks. Events are answered before the
/// conversion, which would parse the target as a URL, copy every field, and lose the HTTP version that keep-alive needs.
struct IngestChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: Responder
    let limits: ConnectionLimits
    let connections: ConnectionRegistry
    /// What holds for all of its connections.
    let rules: ConnectionRules
    /// What answers requests to ingest events before they reach the router; nil where the router answers everything.
    let ingest: IngestEndpoint?
    /// What counts the answers; nil where they are not counted.
    let meter: RequestMeter?
    /// What connections are encrypted with; nil where they are not.
    var certificate: TLSCertificate?

    func setup(channel: any Channel, logger _: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            connections.add(channel)
            var decoderLimits = NIOHTTPDecoderLimitConfiguration()
            decoderLimits.maxHeaderFieldSize = Limits.headerFieldBytes
            decoderLimits.maxHeaderListSize = Limits.headerListBytes
            decoderLimits.maxHeaderFieldCount = Limits.headerFields
            let deadlines = RequestDeadlines(eventLoop: channel.eventLoop, limits: limits)
            let pipeline = channel.pipeline.syncOperations
            if let certificate { try pipeline.addHandler(certificate.handler()) }
            let socket = LingeringCloseHandler(deadlines: deadlines, limits: limits)
            try pipeline.addHandler(socket)
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,
                withErrorHandling: false,
                withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoderLimits
            )
            try pipeline.addHandler(
                ConnectionHandler(
                    deadlines: deadlines,
                    socket: socket,
                    ingest: ingest?.exchange(on: channel.eventLoop),
                    meter: meter?.share(of: channel.eventLoop),
                    rules: rules
                )
            )
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: certificate != nil))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
