import NIOCore

/// What a later handler asks of ``LingeringCloseHandler``, in an outbound user event.
enum ConnectionEnding: Sendable {
    /// End the connection after what was written so far.
    case afterLastWrite
    /// End the connection with this answer, the bytes of a whole HTTP message. No other answer is under way.
    case answering(ByteBuffer)
    /// End the connection without waiting for anything.
    case atOnce
}
