/// Something that happens once, and that one task waits for.
struct Latch: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    }

    /// Notes that it happened; calling this again changes nothing.
    func open() {
        continuation.finish()
    }

    /// Waits until it happened, or until the task is cancelled.
    func wait() async {
        for await _ in stream {}
    }
}
