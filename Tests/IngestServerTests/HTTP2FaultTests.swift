import EventLedger
import EventModel
import TestSupport
import Testing

@testable import IngestServer

/// HTTP/2: how one faulty or early refused request affects the others of its connection.
@Suite(.timeLimit(.minutes(1))) struct HTTP2FaultTests {
    private static func post(
        _ more: [(name: String, value: String)] = [],
        authority: (name: String, value: String)? = (":authority", "localhost")
    ) -> [(name: String, value: String)] {
        let pseudo = [(":method", "POST"), (":scheme", "https"), (":path", "/v1/events")]
        return pseudo.map { (name: $0.0, value: $0.1) } + (authority.map { [$0] } ?? []) + more
    }

    private static func authorization(_ token: TokenSecret) -> (name: String, value: String) {
        ("authorization", "Bearer \(token.text)")
    }

    /// Sends half a request, faulty frames, and the other half.
    private func expectAnswer(around wrong: [Frame]) async throws {
        try await withSecureServer { server, store, pem in
            let token = store.token(.eventsWrite)
            try await withFrames(port: server.port, trusting: pem) { connection in
                let body = Array(WireRequest.goodBody.utf8)
                try await connection.send([
                    .head(Self.post([Self.authorization(token)]), stream: 1, endsStream: false),
                    Frame(.data, stream: 1, Array(body.prefix(10))),
                ])
                try await connection.send(wrong)
                let reset = try await connection.next(.reset)
                #expect(reset?.stream == 3 && reset?.errorCode != 0)
                try await connection.send([Frame(.data, flags: 1, stream: 1, Array(body.dropFirst(10)))])
                #expect(try await connection.next(.headers)?.stream == 1)
                #expect(store.with { $0.events.count } == 1)
                // The connection still works.
                try await connection.send([.get("/healthz", stream: 5)])
                #expect(try await connection.next(.headers)?.stream == 5)
            }
        }
    }

    @Test("a request whose body is not as long as it says ends alone")
    func contentLength() async throws {
        try await expectAnswer(around: [
            .head(Self.post([("content-length", "5")]), stream: 3, endsStream: false),
            Frame(.data, flags: 1, stream: 3, [0x7B]),
        ])
    }

    @Test(
        "a request with a field that HTTP/2 does not know ends alone",
        arguments: [("connection", "close"), ("X-Upper", "1"), ("x-nul", "a%b")]
    )
    func field(name: String, value: String) async throws {
        // The percent sign stands for a byte that would corrupt the output of the tests.
        try await expectAnswer(around: [.head(Self.post([(name, value.replacing("%", with: "\0"))]), stream: 3)])
    }

    @Test("a request whose path holds what no path may ends alone")
    func path() async throws {
        let fields = [(":method", "GET"), (":scheme", "https"), (":path", "/a\0b"), (":authority", "localhost")]
        try await expectAnswer(around: [.head(fields.map { (name: $0.0, value: $0.1) }, stream: 3)])
    }

    @Test("what breaks the connection itself ends it")
    func connectionFault() async throws {
        try await withSecureServer { server, _, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                // A body without a head.
                try await connection.send([Frame(.data, stream: 1, [1])])
                #expect(try await connection.next(.goAway)?.errorCode != 0)
                #expect(try await connection.next() == nil)
            }
        }
    }

    @Test("what breaks the connection ends it also while the server stops, and does not hold the stop up")
    func connectionFaultWhileStopping() async throws {
        try await withSecureServer { server, store, pem in
            let token = store.token(.eventsWrite)
            try await withFrames(port: server.port, trusting: pem) { connection in
                try await connection.send([
                    .head(Self.post([Self.authorization(token)]), stream: 1, endsStream: false),
                    Frame(.data, stream: 1, [0x7B]), .get("/healthz", stream: 3),
                ])
                #expect(try await connection.next(.headers)?.stream == 3)
                await server.beginShutdown()
                #expect(try await connection.next(.goAway)?.errorCode == 0)
                // A body that belongs to no request.
                try await connection.send([Frame(.data, stream: 0, [1])])
                while try await connection.next() != nil {}
            }
            try await server.waitUntilStopped()
            #expect(!server.log.text.contains("connections cut"))
        }
    }

    @Test("requests that crossed the server's good-bye are passed over, and those under way are answered")
    func lateRequests() async throws {
        try await withSecureServer { server, store, pem in
            let token = store.token(.eventsWrite)
            let body = Array(WireRequest.goodBody.utf8)
            let post = Self.post([Self.authorization(token)])
            try await withFrames(port: server.port, trusting: pem) { connection in
                try await connection.send([
                    .head(post, stream: 1, endsStream: false), Frame(.data, stream: 1, Array(body.prefix(10))),
                    .get("/healthz", stream: 3),
                ])
                #expect(try await connection.next(.headers)?.stream == 3)
                await server.beginShutdown()
                #expect(try await connection.next(.goAway)?.errorCode == 0)
                try await connection.send([
                    .head(post, stream: 5, endsStream: false), Frame(.data, flags: 1, stream: 5, body),
                    .head(post, stream: 7, endsStream: false), Frame(.reset, stream: 7, Frame.bytes(8)),
                    .get("/healthz", stream: 9), Frame(.windowUpdate, stream: 9, Frame.bytes(100)),
                ])
                try await connection.send([Frame(.data, flags: 1, stream: 1, Array(body.dropFirst(10)))])
                #expect(try await connection.next(.headers)?.stream == 1)
                while let frame = try await connection.next() { #expect(frame.stream <= 1) }
            }
            try await server.waitUntilStopped()
            #expect(store.with { $0.events.count } == 1)
        }
    }

    @Test("a client that lets the server remember all fields has it remember none that clients make up")
    func table() async throws {
        try await withSecureServer { server, _, pem in
            let settings = [Frame.setting(1, .max)]
            try await withFrames(port: server.port, trusting: pem, settings: settings) { connection in
                var sizes: [Int] = []
                for number in 0..<4 {
                    let fields = [
                        (":method", "GET"), (":scheme", "https"), (":path", "/healthz"), (":authority", "localhost"),
                        ("x-request-id", "made-up-by-a-client"),
                    ]
                    let stream = UInt32(2 * number + 1)
                    try await connection.send([.head(fields.map { (name: $0.0, value: $0.1) }, stream: stream)])
                    sizes.append(try #require(try await connection.next(.headers)).payload.count)
                }
                // The table entries of the first head shorten all later ones by the same amount.
                #expect(Set(sizes.dropFirst()).count == 1 && sizes[1] < sizes[0] && sizes[1] > 40, "\(sizes)")
            }
        }
    }

    @Test("bodies that were still on their way when their requests were refused are no fault, however many there are")
    func refusedUploads() async throws {
        try await withSecureServer { server, _, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                let streams = (0..<UInt32(Limits.streamsPerConnection)).map { 2 * $0 + 1 }
                try await connection.send(streams.map { .head(Self.post(), stream: $0, endsStream: false) })
                for _ in streams { #expect(try await connection.next(.reset)?.errorCode == 0) }
                try await connection.send(streams.map { Frame(.data, flags: 1, stream: $0, [0x7B, 0x7D]) })
                let last = 2 * UInt32(Limits.streamsPerConnection) + 1
                try await connection.send([.get("/healthz", stream: last)])
                #expect(try await connection.next(.headers)?.stream == last)
            }
        }
    }

    @Test("the host may be named by the authority or by a field, and has to be named")
    func host() async throws {
        try await withSecureServer { server, store, pem in
            let token = store.token(.eventsWrite)
            try await withFrames(port: server.port, trusting: pem) { connection in
                for (number, authority) in [("host", "localhost"), (":authority", ""), nil].enumerated() {
                    let stream = UInt32(2 * number + 1)
                    let fields = Self.post([Self.authorization(token)], authority: authority)
                    try await connection.send([
                        .head(fields, stream: stream, endsStream: false),
                        Frame(.data, flags: 1, stream: stream, Array(WireRequest.goodBody.utf8)),
                    ])
                    let answer = try await connection.next(.headers)
                    #expect(answer?.stream == stream)
                    // The indexes of 200 and 400 in the static table (RFC 7541, appendix A).
                    #expect(answer?.payload.first == (number == 0 ? 0x88 : 0x8C))
                }
            }
            #expect(store.with { $0.events.count } == 1)
        }
    }
}
