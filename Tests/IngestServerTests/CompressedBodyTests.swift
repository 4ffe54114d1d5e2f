import EventLedger
import EventModel
import Foundation
import Testing

@testable import IngestServer

/// Bodies that are compressed with gzip.
@Suite struct CompressedBodyTests {
    /// Compresses bytes with the `gzip` tool.
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("gzip-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-9", "-n", "-c", file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let compressed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(compressed)
    }

    private static func request(
        _ token: TokenSecret,
        _ body: [UInt8],
        coding: String = "gzip",
        framing: WireRequest.Framing = .length
    ) -> WireRequest {
        var request = WireRequest.ingest(token).adding("Content-Encoding", coding)
        request.body = body
        request.framing = framing
        return request
    }

    @Test(
        "an event that is compressed is the same event",
        arguments: [WireRequest.Framing.length, .chunked(bytes: 7)],
        ["gzip", "GZIP", "x-gzip"]
    )
    func event(framing: WireRequest.Framing, coding: String) async throws {
        try await withServer { server, store in
            let body = #"{"event_type":"signup","email":"ada@example.com","event_data":{"a": 1.0}}"#
            let compressed = try CompressedBodyTests.gzip(Array(body.utf8))
            let token = store.token(.eventsWrite)
            let connection = try await server.connect()
            for _ in 0..<2 {
                let request = CompressedBodyTests.request(token, compressed, coding: coding, framing: framing)
                #expect(try await connection.exchange(request).status == 200)
            }
            #expect(try await connection.exchange(.ingest(token)).status == 200)
            #expect(
                store.with { $0.events.prefix(2).map { $0.data?.description } } == ["{\"a\": 1.0}", "{\"a\": 1.0}"]
            )
        }
    }

    @Test("streams may follow each other, and a batch may be compressed as well")
    func concatenated() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let halves = try [#"{"event_type":"a","#, #""email":"ada@example.com"}"#].flatMap {
                try CompressedBodyTests.gzip(Array($0.utf8))
            }
            #expect(try await server.exchange(CompressedBodyTests.request(token, halves)).status == 200)
            var batch = WireRequest.batch(token, (0..<500).map { WireRequest.event("e\($0)") })
            batch.body = try CompressedBodyTests.gzip(batch.body)
            batch.fields.append(("Content-Encoding", "gzip"))
            #expect(try await server.exchange(batch).results?.count == 500)
        }
    }

    @Test("a bomb is cut at the limit, before it has gone off", arguments: ["/v1/events", "/v1/events/batch"])
    func bomb(target: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            // Thirty-two mebibytes in some thirty kilobytes.
            let bomb = try CompressedBodyTests.gzip([UInt8](repeating: 0x20, count: 32 * 1_024 * 1_024))
            #expect(bomb.count < 64 * 1_024)
            var request = CompressedBodyTests.request(token, bomb)
            request.target = target
            let response = try await server.exchange(request)
            #expect(response.status == 413)
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("a batch is inflated when all of it has come in, and not while its connection's event loop waits")
    func batchBomb() async throws {
        try await withServer { server, store in
            let bomb = try CompressedBodyTests.gzip([UInt8](repeating: 0x20, count: 2 * Limits.batchBodyBytes))
            var request = CompressedBodyTests.request(store.token(.eventsWrite), bomb)
            request.target = "/v1/events/batch"
            let connection = try await server.connect()
            try await connection.send(request.bytes.dropLast())
            // Both connections share an event loop, so the bytes on the first one have been processed.
            for _ in 0..<2 { #expect(try await server.exchange(.get("/healthz")).status == 200) }
            try await connection.send(request.bytes.suffix(1))
            let response = try await connection.response()
            #expect(response.status == 413)
            // An answer before the end of the request would have been the last one.
            #expect(response["Connection"] == nil)
            #expect(try await connection.exchange(.get("/healthz")).status == 200)
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("the limit holds for what comes in as well, and for what it inflates to, to the byte")
    func limits() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            for (size, status) in [(Limits.requestBodyBytes, 200), (Limits.requestBodyBytes + 1, 413)] {
                var body = Array(WireRequest.goodBody.utf8)
                body += [UInt8](repeating: 0x20, count: size - body.count)
                let request = CompressedBodyTests.request(token, try CompressedBodyTests.gzip(body))
                #expect(try await server.exchange(request).status == status)
            }
            // Thousands of empty streams: twenty bytes each that inflate to none.
            let nothing = try CompressedBodyTests.gzip([])
            let many = Array(repeatElement(nothing, count: Limits.requestBodyBytes / nothing.count + 1).joined())
            let request = CompressedBodyTests.request(token, many, framing: .chunked(bytes: 8_192))
            #expect(try await server.exchange(request).status == 413)
        }
    }

    @Test(
        "contacts and forms take no coding, and say so",
        arguments: ["gzip", "br", "deflate", "x"],
        ["/v1/contacts", "/v1/contacts/unsubscribe", "/oauth/token"]
    )
    func codedElsewhere(coding: String, target: String) async throws {
        try await withServer { server, store in
            let isForm = target == "/oauth/token"
            var request = WireRequest.json("POST", target, store.token(.contactsWrite), #"{"email":"a@b.example"}"#)
                .adding("Content-Type", isForm ? "application/x-www-form-urlencoded" : "application/json")
            if isForm { request.body = Array("grant_type=client_credentials".utf8) }
            let refused = try await server.exchange(request.adding("Content-Encoding", coding))
            #expect(refused.status == 415)
            #expect(refused.errorCode == "unsupported_media_type")
            #expect(refused["Accept-Encoding"] == "identity")
            #expect(!refused.text.contains("gzip"))
            #expect(store.with { $0.contactChanges.isEmpty })
            let taken = try await server.exchange(request.adding("Content-Encoding", "identity"))
            // The store of these tests knows no app and no contact.
            #expect(taken.status == (isForm ? 401 : 404))
        }
    }

    @Test("what is no whole gzip stream is a rejected payload, and another coding is not taken")
    func malformed() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let good = try CompressedBodyTests.gzip(Array(WireRequest.goodBody.utf8))
            var damaged = good
            damaged[damaged.count - 6] ^= 0xFF
            for body in [[], Array(WireRequest.goodBody.utf8), Array(good.dropLast()), damaged, good + [0x41]] {
                let response = try await server.exchange(CompressedBodyTests.request(token, body))
                #expect(response.status == 400)
                #expect(response.faultyFields == ["base"])
            }
            for coding in ["br", "deflate", "gzip, gzip", "zstd"] {
                let response = try await server.exchange(CompressedBodyTests.request(token, good, coding: coding))
                #expect(response.status == 415)
                #expect(response["Accept-Encoding"] == "gzip")
            }
            #expect(store.with { $0.submissions } == 0)
        }
    }
}
