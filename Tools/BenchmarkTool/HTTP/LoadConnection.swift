import NIOCore

/// One connection of a load: sends a request, waits for its answer, sends the next.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let tally: LoadTally
    private let scanner = ResponseScanner(lookingFor: LoadTally.replayWord)
    private var request: ByteBuffer
    private var received = ByteBuffer()
    private var sentAt = ContinuousClock.now

    init(_ tally: LoadTally) {
        self.tally = tally
        request = tally.template.buffer()
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        // Nearly always an answer comes in one piece; then nothing is copied.
        if received.readableBytes > 0 { received.writeBuffer(&bytes) } else { received = bytes }
        do {
            guard let response = try received.withUnsafeReadableBytes(scanner.response) else { return }
            tally.finished(response, after: ContinuousClock.now - sentAt)
            received = ByteBuffer()
            send(context)
        } catch {
            context.fireErrorCaught(error)
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        tally.template.fill(&request, tally.nextNumber)
        sentAt = ContinuousClock.now
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }
}
