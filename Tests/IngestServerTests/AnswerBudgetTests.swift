import EventLedger
import EventModel
import IngestAPI
import NIOCore
import TestSupport
import Testing

@testable import IngestServer

/// How much memory unread answers take.
@Suite(.timeLimit(.minutes(1))) struct AnswerBudgetTests {
    @Test("large answers share a budget, which is given back when they are read and when their clients leave")
    func pages() async throws {
        var setup = ServerSetup()
        setup.limits.answerBytes = 25_000_000
        // Room for two pages, but not for two of one account.
        try await withServer(setup) { server, store in
            try store.fillPage()
            let token = store.token(.eventsRead, limiter: RateLimiter(RateLimits(perMinute: 1_000, perDay: 1_000)))
            let page = WireRequest.get("/v1/events", token)
            let slow = try await server.connect()
            try await slow.send(page.bytes)
            try await slow.waitForBytes()
            let refused = try await server.exchange(page)
            #expect(refused.status == 503)
            #expect(refused.errorCode == "overloaded")
            #expect(refused["Retry-After"] == "1")
            // It was counted nevertheless.
            #expect(refused["X-RateLimit-Remaining-Day"] == "998")
            // Small and empty answers are still sent.
            #expect(try await server.exchange(.get("/healthz")).status == 200)
            #expect(try await server.exchange(.get("/v1/events", token, method: "HEAD")).status == 200)
            #expect(try await slow.response().status == 200)
            #expect(try await server.exchange(page).status == 200)
            do {
                let leaving = try await server.connect()
                try await leaving.send(page.bytes)
                try await leaving.waitForBytes()
            }
            while try await server.exchange(page).status != 200 {}
        }
    }

    @Test(
        "the document, which everybody may ask for, takes nothing from what accounts are answered",
        arguments: ["/openapi.json", "/openapi.json?a", "http://x/openapi.json"]
    )
    func document(target: String) async throws {
        var setup = ServerSetup()
        setup.limits.documentAnswerBytes = APIDocument.response.body.count - 1
        setup.limits.answerBytes = 25_000_000
        try await withServer(setup) { server, store in
            try store.fillPage()
            #expect(try await server.exchange(.get(target)).errorCode == "overloaded")
            #expect(try await server.exchange(.get("/v1/events", store.token(.eventsRead))).status == 200)
        }
    }

    @Test("streams that open no window for their answers share it as well", arguments: [true, false])
    func streams(isTakenBack: Bool) async throws {
        var setup = ServerSetup(logsAccess: true)
        setup.limits.documentAnswerBytes = APIDocument.response.body.count * 3 / 2
        try await withSecureServer(setup) { server, _, pem in
            // SETTINGS_INITIAL_WINDOW_SIZE of zero.
            try await withFrames(port: server.port, trusting: pem, settings: [.setting(4, 0)]) { connection in
                try await connection.send([.get("/openapi.json", stream: 1)])
                #expect(try await connection.next(.headers)?.stream == 1)
                try await connection.send([.get("/openapi.json", stream: 3)])
                #expect(try await connection.next(.headers)?.stream == 3)
                if isTakenBack {
                    try await connection.send([Frame(.reset, stream: 1, Frame.bytes(8))])
                } else {
                    let window = Frame.bytes(UInt32(APIDocument.response.body.count))
                    try await connection.send([Frame(.windowUpdate, window), Frame(.windowUpdate, stream: 1, window)])
                    while let frame = try await connection.next(.data), frame.flags & 1 == 0 {}
                }
                try await connection.send([.get("/openapi.json", stream: 5)])
                #expect(try await connection.next(.headers)?.stream == 5)
                // Otherwise the server would wait for the answers to be read.
                try await connection.send([3, 5].map { Frame(.reset, stream: $0, Frame.bytes(8)) })
            }
            let lines = server.log.lines.filter { $0.hasPrefix("info request ") }
            #expect(lines.count == 3)
            #expect(lines.map { $0.contains("status=503") } == [false, true, false])
        }
    }
}
