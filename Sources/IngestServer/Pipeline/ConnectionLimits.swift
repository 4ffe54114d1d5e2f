import EventModel
import NIOCore

/// How long each phase of a connection may take, how it is ended, and how much all connections may hold.
struct ConnectionLimits: Sendable {
    /// Without a request.
    var idle = TimeAmount.milliseconds(Limits.idleConnectionMilliseconds)
    /// Over the head of a request, from its first byte on.
    var head = TimeAmount.milliseconds(Limits.requestHeadTimeoutMilliseconds)
    /// Over the body of a request.
    var body = TimeAmount.milliseconds(Limits.requestBodyTimeoutMilliseconds)
    /// Without reading anything of an answer that waits.
    var stall = TimeAmount.milliseconds(Limits.responseStallMilliseconds)
    /// For the client to read the last answer and to close its side.
    var linger = TimeAmount.milliseconds(Limits.lingerMilliseconds)
    /// How much is read and thrown away meanwhile, in bytes.
    var lingerBytes = Limits.lingerBytes
    /// Of bodies while they come in, over all connections. An uncompressed body on the ingest routes over HTTP/1.1 that
    /// comes in one piece does not count.
    var receivedBytes = Limits.receivedBytes
    /// Of large answers that are not yet out, over all connections.
    var answerBytes = Limits.answerBytes
    var documentAnswerBytes = Limits.documentAnswerBytes
}
