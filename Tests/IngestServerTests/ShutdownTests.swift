import EventLedger
import EventModel
import NIOCore
import TestSupport
import Testing

@testable import IngestServer

/// How the server stops, and what it does with slow clients.
@Suite struct ShutdownTests {
    @Test("a stopping server answers what is in flight, closes idle connections and takes no new ones")
    func inFlight() async throws {
        try await withServer { server, store in
            store.with { $0.isHolding = true }
            let token = store.token(.eventsWrite)
            let idle = try await server.connect()
            #expect(try await idle.exchange(.get("/healthz")).status == 200)
            let untouched = try await server.connect()
            let busy = try await server.connect()
            try await busy.send(WireRequest.ingest(token).bytes)
            await store.waitUntilHolding(1)
            await server.beginShutdown()
            #expect(try await idle.rest().isEmpty)
            #expect(try await untouched.rest().isEmpty)
            await #expect(throws: SocketFailure.self) { _ = try await server.connect() }
            store.release()
            let response = try await busy.response()
            #expect(response.status == 200)
            #expect(response["Connection"] == "close")
            #expect(try await busy.rest().isEmpty)
            try await server.waitUntilStopped()
        }
    }

    @Test("a request whose body is still on its way when the server stops is taken and answered")
    func bodyOnItsWay() async throws {
        try await withServer { server, store in
            let request = WireRequest.ingest(store.token(.eventsWrite)).adding("Expect", "100-continue")
            let connection = try await server.connect()
            try await connection.send(request.head)
            #expect(try await connection.response().status == 100)
            await server.beginShutdown()
            try await connection.send(request.body)
            #expect(try await connection.response().status == 200)
            #expect(try await connection.rest().isEmpty)
            try await server.waitUntilStopped()
        }
    }

    @Test("of pipelined requests the one in flight is answered when the server stops")
    func pipelined() async throws {
        try await withServer { server, store in
            store.with { $0.isHolding = true }
            let token = store.token(.eventsWrite)
            let connection = try await server.connect()
            try await connection.send(WireRequest.ingest(token).bytes + WireRequest.ingest(token).bytes)
            await store.waitUntilHolding(1)
            let idle = try await server.connect()
            #expect(try await idle.exchange(.get("/healthz")).status == 200)
            await server.beginShutdown()
            // All connections are told at once, so when an idle one is closed, this one has been told, too.
            #expect(try await idle.rest().isEmpty)
            // The release answers the first request; the second must not be started any more.
            store.release()
            #expect(try await connection.response().status == 200)
            _ = try? await connection.rest()
            try await server.waitUntilStopped()
            #expect(store.with { $0.events.count } == 1)
        }
    }

    @Test("what is not done within the grace is cut, and the server stops")
    func grace() async throws {
        try await withServer(ServerSetup(shutdownGrace: .milliseconds(50))) { server, store in
            store.with { $0.isHolding = true }
            let connection = try await server.connect()
            try await connection.send(WireRequest.ingest(store.token(.eventsWrite)).bytes)
            await store.waitUntilHolding(1)
            await server.beginShutdown()
            try await server.waitUntilStopped()
            #expect((try? await connection.rest().isEmpty) ?? true)
            store.release()
        }
    }

    @Test("reads that wait for their turn when the time to stop is up are turned away")
    func reads() async throws {
        try await withServer(ServerSetup(shutdownGrace: .milliseconds(50))) { server, store in
            store.with { $0.isHoldingReads = true }
            let request = WireRequest.get("/v1/events", store.token(.eventsRead))
            var clients: [WireConnection] = []
            for _ in 0..<(Limits.pagesInTheMaking + 3) {
                let client = try await server.connect()
                try await client.send(request.bytes)
                clients.append(client)
            }
            while store.with({ $0.feedReads }) < Limits.pagesInTheMaking { await Task.yield() }
            await server.beginShutdown()
            for client in clients { _ = try? await client.rest() }
            store.releaseReads()
            try await server.waitUntilStopped()
            #expect(store.with { $0.feedReads } == Limits.pagesInTheMaking)
        }
    }

    @Test("a client that keeps a connection after Connection: close does not hold the stop up")
    func lingering() async throws {
        try await withServer { server, _ in
            let connection = try await server.connect()
            var request = WireRequest.ingest(nil)
            request.body = Array(repeating: 32, count: 1_000)
            try await connection.send(request.head)
            #expect(try await connection.response().status == 401)
            await server.beginShutdown()
            try await server.waitUntilStopped()
        }
    }

    // MARK: Slow clients

    /// Long enough for a busy machine to send a request, so that only intentionally slow clients are cut off.
    private static let short = TimeAmount.seconds(1)

    @Test("a client that says nothing is cut off")
    func idle() async throws {
        var limits = ConnectionLimits()
        limits.idle = ShutdownTests.short
        try await withServer(ServerSetup(limits: limits)) { server, _ in
            let fresh = try await server.connect()
            #expect(try await fresh.rest().isEmpty)
            let used = try await server.connect()
            #expect(try await used.exchange(.get("/healthz")).status == 200)
            #expect(try await used.rest().isEmpty)
        }
    }

    @Test("a client that is slow over a head or a body is told so and cut off", arguments: [true, false])
    func slow(overHead: Bool) async throws {
        var limits = ConnectionLimits()
        if overHead { limits.head = ShutdownTests.short } else { limits.body = ShutdownTests.short }
        try await withServer(ServerSetup(limits: limits)) { server, store in
            let request = WireRequest.ingest(store.token(.eventsWrite))
            let connection = try await server.connect()
            // A first request on the connection, so that the deadline applies to the second one.
            #expect(try await connection.exchange(request).status == 200)
            try await connection.send(overHead ? request.head.dropLast(2) : request.head)
            let response = try await connection.response()
            #expect(response.status == 408)
            #expect(response.errorCode == "request_timeout")
            #expect(response["Connection"] == "close")
            connection.finishSending()
            #expect(try await connection.rest().isEmpty)
            #expect(store.with { $0.submissions } == 1)
        }
    }

    @Test("an answer that the store takes long over is no fault of the client")
    func slowStore() async throws {
        var limits = ConnectionLimits()
        limits.idle = ShutdownTests.short
        limits.head = ShutdownTests.short
        limits.body = ShutdownTests.short
        try await withServer(ServerSetup(limits: limits)) { server, store in
            store.with { $0.isHolding = true }
            let token = store.token(.eventsWrite)
            let connection = try await server.connect()
            try await connection.send(WireRequest.ingest(token).bytes)
            await store.waitUntilHolding(1)
            // Another connection is cut off for idleness meanwhile, so this one's deadline has passed, too.
            let idle = try await server.connect()
            #expect(try await idle.rest().isEmpty)
            store.release()
            #expect(try await connection.response().status == 200)
        }
    }

    @Test("a connection beyond the most allowed is served when another one ends")
    func connectionCap() async throws {
        try await withServer(ServerSetup(connections: 2, hasMetricsPort: true)) { server, _ in
            var first: WireConnection? = try await server.connect()
            let second = try await server.connect()
            #expect(try await first?.exchange(.get("/healthz")).status == 200)
            #expect(try await second.exchange(.get("/healthz")).status == 200)
            let third = try await server.connect()
            try await third.send(WireRequest.get("/healthz").bytes)
            // The other two are still served, and the third has to wait until one of them ends.
            for _ in 0..<2 { #expect(try await second.exchange(.get("/healthz")).status == 200) }
            let metricsPort = try #require(server.metricsPort)
            let figures = try await WireConnection.open(port: metricsPort).exchange(.get("/metrics")).text
            #expect(figures.contains("\neventledger_http_connections 2\n"))
            #expect(!third.hasBytes)
            first = nil
            #expect(try await third.response().status == 200)
            _ = first
        }
    }

    @Test("a connection to the port for metrics beyond the most allowed is served when another one ends")
    func metricsConnectionCap() async throws {
        try await withServer(ServerSetup(hasMetricsPort: true)) { server, _ in
            let port = try #require(server.metricsPort)
            var connections: [WireConnection] = []
            for _ in 0..<Limits.metricsConnections {
                let connection = try await WireConnection.open(port: port)
                #expect(try await connection.exchange(.get("/healthz")).status == 200)
                connections.append(connection)
            }
            let next = try await WireConnection.open(port: port)
            try await next.send(WireRequest.get("/healthz").bytes)
            for _ in 0..<2 { #expect(try await connections[1].exchange(.get("/healthz")).status == 200) }
            #expect(!next.hasBytes)
            connections.removeFirst()
            #expect(try await next.response().status == 200)
        }
    }

    @Test("an operator's request that does not come to its end does not hold the stop up for long")
    func unfinishedChange() async throws {
        try await withTemporaryFolder { folder in
            try await withServer(ServerSetup(controlSocket: folder + "/s.sock")) { server, _ in
                var request = WireRequest()
                request.target = "/changes"
                request.body = [0x7B, 0x7D]
                let connection = try await WireConnection.open(path: folder + "/s.sock")
                #expect(try await connection.exchange(.get("/status")).status == 200)
                try await connection.send(request.head)
                // One thread serves them all, so once this is answered, that head has arrived.
                #expect(try await server.exchangeWithControlSocket(.get("/status")).status == 200)
                let time = try await ContinuousClock().measure {
                    await server.beginShutdown()
                    try await server.waitUntilStopped()
                }
                #expect(time < .milliseconds(Limits.requestBodyTimeoutMilliseconds / 2))
                #expect(server.log.text.contains("connections cut"))
            }
        }
    }
}
