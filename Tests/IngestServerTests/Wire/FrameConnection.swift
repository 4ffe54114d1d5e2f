import NIOCore
import NIOPosix
import NIOSSL

/// A frame of HTTP/2 (RFC 9113, section 4.1), byte by byte as a test sets it.
struct Frame: Sendable, Hashable {
    enum Kind: UInt8 {
        case data = 0
        case headers = 1
        case reset = 3
        case settings = 4
        case ping = 6
        case goAway = 7
        case windowUpdate = 8
    }

    var kind: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.kind = kind.rawValue
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    /// The head of a request without a body, by indexes of the static table (RFC 7541, appendix A).
    static func get(_ path: String, stream: UInt32, endsStream: Bool = true) -> Frame {
        let block: [UInt8] =
            [0x82, 0x87, 0x04, UInt8(path.utf8.count)] + Array(path.utf8) + [0x01, 9] + Array("localhost".utf8)
        return Frame(.headers, flags: endsStream ? 5 : 4, stream: stream, block)
    }

    /// A head of these fields, each spelled out in full.
    static func head(_ fields: [(name: String, value: String)], stream: UInt32, endsStream: Bool = true) -> Frame {
        let block = fields.flatMap { field in
            [[0, UInt8(field.name.utf8.count)], Array(field.name.utf8), [UInt8(field.value.utf8.count)]].flatMap { $0 }
                + Array(field.value.utf8)
        }
        return Frame(.headers, flags: endsStream ? 5 : 4, stream: stream, block)
    }

    /// A setting.
    static func setting(_ name: UInt16, _ value: UInt32) -> Frame {
        Frame(.settings, Array(Frame.bytes(UInt32(name))[2...]) + Frame.bytes(value))
    }

    static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    var bytes: [UInt8] {
        Array(Frame.bytes(UInt32(payload.count))[1...]) + [kind, flags] + Frame.bytes(stream) + payload
    }

    /// The code of a frame that ends a stream or the connection.
    var errorCode: UInt32? {
        let code = kind == Kind.reset.rawValue ? payload.prefix(4) : payload.dropFirst(4).prefix(4)
        return code.count == 4 ? code.reduce(0) { $0 << 8 | UInt32($1) } : nil
    }
}

/// A connection of HTTP/2 on which a test sends and receives frames, however wrong.
struct FrameConnection {
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    fileprivate var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received = ByteBuffer()

    fileprivate init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    func send(_ frames: [Frame]) async throws {
        try await outbound.write(ByteBuffer(bytes: frames.flatMap(\.bytes)))
    }

    /// The next frame; nil at the end of the connection.
    mutating func next() async throws -> Frame? {
        while true {
            if let frame = takeFrame() { return frame }
            guard var bytes = try await inbound.next() else { return nil }
            received.writeBuffer(&bytes)
        }
    }

    /// The next frame of a kind.
    mutating func next(_ kind: Frame.Kind) async throws -> Frame? {
        while let frame = try await next() {
            if frame.kind == kind.rawValue { return frame }
        }
        return nil
    }

    private mutating func takeFrame() -> Frame? {
        guard let head = received.getBytes(at: received.readerIndex, length: 9) else { return nil }
        let size = head.prefix(3).reduce(0) { $0 << 8 | Int($1) }
        guard received.readableBytes >= 9 + size else { return nil }
        received.moveReaderIndex(forwardBy: 9)
        var frame = Frame(.data, flags: head[4], stream: head.suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
        frame.kind = head[3]
        frame.payload = received.readBytes(length: size) ?? []
        return frame
    }
}

/// Opens a connection and sends the HTTP/2 preface, with a few settings.
func withFrames(
    port: Int,
    trusting pem: String,
    settings: [Frame] = [Frame(.settings)],
    _ body: (inout FrameConnection) async throws -> Void
) async throws {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
    tls.applicationProtocols = ["h2"]
    let context = try NIOSSLContext(configuration: tls)
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    NIOSSLClientHandler(context: context, serverHostname: "localhost")
                )
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    try await channel.executeThenClose { inbound, outbound in
        var connection = FrameConnection(inbound, outbound)
        try await outbound.write(ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
        try await connection.send(settings)
        try await body(&connection)
    }
}
