import NIOCore
import NIOHPACK
import NIOHTTP2

/// Ends a stream of HTTP/2 when its answer is out, or cuts it off if the client does not read the answer.
///
/// It is the first handler of the stream. An answer may be out before all of the request has come in. RST_STREAM with
/// NO_ERROR then says that the rest is not wanted (RFC 9113, section 8.1). Until the client has read the answer,
/// nothing but its window delays the answer, so each piece that leaves counts as a sign that the client does read.
final class StreamEndHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private static let pieceBytes = 16_384

    private let deadlines: RequestDeadlines
    private var hasRequestBegun = false
    private var hasRequestEnded = false
    private var unsentBytes = 0
    private var isHeldUp = false

    init(deadlines: RequestDeadlines) {
        self.deadlines = deadlines
        deadlines.pendingBytes = { [unowned self] in unsentBytes }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadlines.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(var headers):
            if headers.endStream { hasRequestEnded = true }
            // Trailer fields have no authority.
            guard !hasRequestBegun else { break }
            hasRequestBegun = true
            guard !headers.headers.contains(name: ":authority") else { break }
            headers.headers = headers.headers.withEmptyAuthority
            return context.fireChannelRead(wrapInboundOut(.headers(headers)))
        case .data(let content) where content.endStream: hasRequestEnded = true
        default: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .data(let payload):
            guard case .byteBuffer(var content) = payload.data else { return context.write(data, promise: promise) }
            while content.readableBytes > StreamEndHandler.pieceBytes {
                guard let piece = content.readSlice(length: StreamEndHandler.pieceBytes) else { break }
                write(piece, isLast: false, nil, context)
            }
            write(content, isLast: payload.endStream, promise, context)
        case .headers(var headers):
            headers.headers = headers.headers.withFewInTable
            let promise = headers.endStream ? ending(promise, context) : promise
            context.write(wrapOutboundOut(.headers(headers)), promise: promise)
        default:
            context.write(data, promise: promise)
        }
    }

    private func write(
        _ piece: ByteBuffer,
        isLast: Bool,
        _ promise: EventLoopPromise<Void>?,
        _ context: ChannelHandlerContext
    ) {
        let size = piece.readableBytes
        unsentBytes += size
        let promise = isLast ? ending(promise, context) : promise ?? context.eventLoop.makePromise()
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in
            unsentBytes -= size
            guard unsentBytes == 0, isHeldUp else { return }
            isHeldUp = false
            deadlines.noteWritable(true)
        }
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(piece), endStream: isLast))), promise: promise)
    }

    /// The promise of the answer's end: when it is out, the rest of the request is not wanted.
    private func ending(
        _ promise: EventLoopPromise<Void>?,
        _ context: ChannelHandlerContext
    ) -> EventLoopPromise<Void> {
        let promise = promise ?? context.eventLoop.makePromise()
        promise.futureResult.assumeIsolated().whenSuccess { [self] in
            if !hasRequestEnded { reset(.noError, context) }
        }
        return promise
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        guard unsentBytes > 0, !isHeldUp else { return }
        isHeldUp = true
        deadlines.noteWritable(false)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let ending = event as? ConnectionEnding else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
        switch ending {
        case .afterLastWrite:
            deadlines.enter(.ending)
            flush(context: context)
        // Only HTTP/1.1 has whole messages.
        case .atOnce, .answering: reset(.cancel, context)
        }
    }

    private func reset(_ code: HTTP2ErrorCode, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
    }
}

extension HPACKHeaders {
    /// The fields of an answer that have few different values.
    ///
    /// The others are not put into the encoder's table: a client may ask for a table of any size (RFC 7541, section
    /// 4.2), and all of it is searched for each field of each answer.
    private static let namesInTable: Set<String> = [":status", "content-type", "cache-control", "vary", "allow"]

    /// These fields, with only a few that the encoder may put into its table.
    fileprivate var withFewInTable: HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(count)
        for (name, value, indexing) in self {
            let isInTable = HPACKHeaders.namesInTable.contains(name)
            headers.add(name: name, value: value, indexing: isInTable ? indexing : .nonIndexable)
        }
        return headers
    }

    /// These fields with an empty authority.
    ///
    /// The conversion to HTTP/1.1's parts refuses a request without an authority, though `host` may stand in for it
    /// (RFC 9113, section 8.3.1); it takes the host from `host` if that is present.
    fileprivate var withEmptyAuthority: HPACKHeaders {
        HPACKHeaders([(":authority", "")] + map { ($0.name, $0.value) })
    }
}
