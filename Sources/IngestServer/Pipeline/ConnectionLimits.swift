import EventModel
import NIOCore

/// How long each phase of a connection may take, how it is ended, and how much all connections may hold.
struct ConnectionLimits: Sendable {
    /// How long it may be without a request.
    var idle = TimeAmount.milliseconds(Limits.idleConnectionMilliseconds)
    /// How long a client may take to send the head of a request, from its first byte on.
    var head = TimeAmount.milliseconds(Limits.requestHeadTimeoutMilliseconds)
    /// How long a client may take to send the body of a request.
    var body = TimeAmount.milliseconds(Limits.requestBodyTimeoutMilliseconds)
    /// How long a client may go without reading any of an answer that waits for it.
    var stall = TimeAmount.milliseconds(Limits.responseStallMilliseconds)
    /// How long the client has to close its side once the last answer is out.
    var linger = TimeAmount.milliseconds(Limits.lingerMilliseconds)
    /// How much is read and thrown away meanwhile, in bytes.
    var lingerBytes = Limits.lingerBytes
    /// The most bytes of bodies while they come in, over all connections. An uncompressed body on the ingest routes
    /// over HTTP/1.1 that comes in one piece does not count.
    var receivedBytes = Limits.receivedBytes
    /// The most bytes of large answers that are not yet out, over all connections.
    var answerBytes = Limits.answerBytes
    /// The same for the OpenAPI document.
    var documentAnswerBytes = Limits.documentAnswerBytes
}
