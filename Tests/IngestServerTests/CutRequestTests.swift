import EventLedger
import EventModel
import NIOCore
import TestSupport
import Testing

@testable import IngestServer

/// Requests whose body is never completed: nothing of them is carried out.
@Suite(.timeLimit(.minutes(1))) struct CutRequestTests {
    private static let contact = "/v1/contacts/cus_0000000000000001"
    /// Changes that are complete without the rest of their body, or without any body.
    static let changes: [WireRequest] = [
        .json("POST", "/v1/contacts", nil, #"{"email":"eve@example.com"}"#),
        .json("PATCH", contact, nil, #"{"tags":[]}"#),
        .json("DELETE", contact, nil, ""),
        .json("POST", contact + "/unsubscribe", nil, ""),
    ]

    /// Runs `body`, waits until the server is done with the connections that `body` used, and checks what it did.
    private static func expectNoChange(
        _ setup: ServerSetup = ServerSetup(),
        of change: WireRequest,
        _ body: (ServerUnderTest, WireRequest) async throws -> Void
    ) async throws {
        try await withServer(setup) { server, store in
            var change = change
            change.fields.append(("Authorization", "Bearer \(store.token(.contactsWrite).text)"))
            try await body(server, change)
            await server.beginShutdown()
            try await server.waitUntilStopped()
            #expect(store.with { $0.contactChanges.isEmpty })
            #expect(!server.log.lines.contains { $0.hasPrefix("error") })
        }
    }

    @Test("a change whose chunks are broken is refused, and not carried out", arguments: changes)
    func brokenChunks(change: WireRequest) async throws {
        try await CutRequestTests.expectNoChange(of: change) { server, change in
            var change = change
            change.framing = .chunked(bytes: 1_000)
            let connection = try await server.connect()
            // Without the final chunk.
            try await connection.send(change.bytes.dropLast(5) + Array("ZZ\r\n".utf8))
            #expect(try await connection.response().status == 400)
            connection.finishSending()
            #expect(try await connection.rest().isEmpty)
        }
    }

    /// Sends a change that is ten bytes shorter than it says.
    private static func begin(_ change: WireRequest, _ server: ServerUnderTest) async throws -> WireConnection {
        var change = change
        change.framing = .none
        change.fields.append(("Content-Length", "\(change.body.count + 10)"))
        let connection = try await server.connect()
        try await connection.send(change.bytes)
        return connection
    }

    @Test("a change whose body takes too long is refused, and not carried out", arguments: changes)
    func slowBody(change: WireRequest) async throws {
        var limits = ConnectionLimits()
        limits.body = .milliseconds(100)
        try await CutRequestTests.expectNoChange(ServerSetup(limits: limits), of: change) { server, change in
            let connection = try await CutRequestTests.begin(change, server)
            #expect(try await connection.response().status == 408)
            connection.finishSending()
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test(
        "a change whose client leaves before the end of the body is not carried out",
        arguments: changes,
        [true, false]
    )
    func left(change: WireRequest, closesItsSide: Bool) async throws {
        var limits = ConnectionLimits()
        limits.body = .milliseconds(100)
        try await CutRequestTests.expectNoChange(ServerSetup(limits: limits), of: change) { server, change in
            let connection = try await CutRequestTests.begin(change, server)
            guard closesItsSide else { return }
            connection.finishSending()
            _ = try await connection.rest()
        }
    }

    // MARK: HTTP/2

    @Test("a change whose stream is taken back, or takes too long, is not carried out", arguments: [true, false])
    func stream(isTakenBack: Bool) async throws {
        var limits = ConnectionLimits()
        if !isTakenBack { limits.body = .milliseconds(100) }
        try await withSecureServer(ServerSetup(limits: limits)) { server, store, pem in
            let token = store.token(.contactsWrite)
            try await withFrames(port: server.port, trusting: pem) { connection in
                try await connection.send([.unsubscription(of: CutRequestTests.contact, token, stream: 1)])
                if isTakenBack {
                    try await connection.send([Frame(.reset, stream: 1, Frame.bytes(8)), .get("/healthz", stream: 3)])
                    #expect(try await connection.next(.headers)?.stream == 3)
                } else {
                    #expect(try await connection.next(.headers)?.stream == 1)
                }
            }
            await server.beginShutdown()
            try await server.waitUntilStopped()
            #expect(store.with { $0.contactChanges.isEmpty })
            #expect(!server.log.lines.contains { $0.hasPrefix("error") })
        }
    }
}

extension Frame {
    /// The head of a request to unsubscribe a contact, whose body is still to come.
    fileprivate static func unsubscription(of contact: String, _ token: TokenSecret, stream: UInt32) -> Frame {
        let path = contact + "/unsubscribe"
        let credentials = "Bearer \(token.text)"
        var block: [UInt8] = [0x83, 0x87, 0x04, UInt8(path.utf8.count)] + Array(path.utf8)
        block += [0x01, 9] + Array("localhost".utf8)
        // The name `Authorization` is entry 23 of the static table: fifteen, and eight more.
        block += [0x0F, 8, UInt8(credentials.utf8.count)] + Array(credentials.utf8)
        return Frame(.headers, flags: 4, stream: stream, block)
    }
}
