import EventLedger
import Foundation
import IngestAPI
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import IngestServer

/// What the adapter decides without a connection.
@Suite struct PureValueTests {
    @Test(
        "a date is written as HTTP has it",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        ]
    )
    func date(second: Int, text: String) {
        #expect(HTTPDate.text(ofSecond: second) == text)
    }

    @Test(
        "the ready line holds the address as a URL has it",
        arguments: [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("0.0.0.0", "0.0.0.0")]
    )
    func readyLine(address: String, host: String) throws {
        let address = try SocketAddress(ipAddress: address, port: 8_080)
        #expect(ReadyLine.text(for: address) == "listening on http://\(host):8080")
    }

    @Test(
        "an ingest is known by its path alone",
        arguments: [
            ("/v1/events", .event), ("/v1/events?a=/b", .event), ("/v1/events/", nil), ("//v1//events", nil),
            ("http://host:1/v1/events?x", .event), ("/v1/events/batch", .batch), ("/v1/events/batch?x=/y", .batch),
            ("/v1/events/batch/", nil), ("//v1//events//batch", nil), ("http://host/v1/events/batch", .batch),
            ("/v1/events/x", nil), ("/v1/events/batch/x", nil), ("/v1/events/Batch", nil), ("/v1/eventsbatch", nil),
            ("/batch", nil), ("/v1/event", nil), ("*", nil), ("/", nil), ("", nil), ("http:/v1/events", nil),
            ("http://host", nil), ("/V1/events", nil), ("http://host?/v1/events", nil),
        ] as [(String, IngestRoute?)]
    )
    func route(target: String, route: IngestRoute?) {
        #expect(IngestRoute(target) == route)
    }

    @Test(
        "a connection goes on after a request unless the client or the protocol says otherwise",
        arguments: [
            (HTTPVersion.http1_1, [], true), (.http1_1, [("Connection", "close")], false),
            (.http1_1, [("Connection", "upgrade"), ("Upgrade", "websocket")], false), (.http1_0, [], false),
            (.http1_0, [("Connection", "Keep-Alive")], true),
        ]
    )
    func persistence(version: HTTPVersion, fields: [(String, String)], isPersistent: Bool) {
        let head = HTTPRequestHead(version: version, method: .GET, uri: "/", headers: HTTPHeaders(fields))
        #expect(RequestFraming.isPersistent(head, RequestFields(head.headers)) == isPersistent)
        // The parser reads nothing more after it, whatever the answer.
        let tunnel = HTTPRequestHead(version: version, method: .CONNECT, uri: "a:1", headers: head.headers)
        #expect(!RequestFraming.isPersistent(tunnel, RequestFields(head.headers)))
    }

    @Test("a head's fields are found in any case, and a name that is nearly one of ours is none")
    func fields() {
        let fields = RequestFields([
            "HOST": "a", "Content-TYPE": "b", "content-length": "7", "Idempotency-Key": "c", "idempotency-key": "d",
            "Idempotency_Key": "e", "Content Type": "f", "x-request-id": "g", "Xpect": "h", "AUTHORIZATION": "i",
        ])
        #expect(fields.host == .once("a"))
        #expect(fields.contentType == .once("b"))
        #expect(fields.declaredBytes == 7)
        #expect(fields.idempotencyKey == .repeated)
        #expect(fields.requestID == .once("g"))
        #expect(fields.authorization == .once("i"))
        #expect(fields.expect == .absent)
        #expect(fields.upgrade == .absent)
    }

    @Test(
        "a query is taken apart, and a plus stays a plus",
        arguments: [
            (nil, []), ("", []), ("a=1&b=2", ["a=1", "b=2"]), ("a", ["a="]), ("a=b=c", ["a=b=c"]),
            ("phone_number=+49", ["phone_number=+49"]), ("p=%2B49", ["p=+49"]), ("a=%C3%A9", ["a=é"]),
            ("%61=%20", ["a= "]), ("&&a=1&", ["a=1"]),
        ] as [(String?, [String])]
    )
    func query(text: String?, items: [String]) throws {
        #expect(try QueryString.items(of: text).map { "\($0.name)=\($0.value)" } == items)
    }

    @Test(
        "a change and its outcome survive the way through the control socket",
        arguments: [
            StoreChange.createAccount(name: "a", isStrict: true), .revokeToken(account: "a", id: 7),
            .createToken(
                account: "a",
                name: "n",
                scopes: ScopeSet([.eventsWrite]),
                digest: [UInt8](repeating: 255, count: 32),
                expiresAt: Timestamp(millisecondsSinceEpoch: 1)
            ),
        ]
    )
    func controlMessages(change: StoreChange) throws {
        #expect(try ControlSocket.decodeChange(try ControlSocket.encode(change)) == change)
        let outcome = StoreChange.Outcome.refused(.invalid(field: "name", message: "must be shorter"))
        #expect(try ControlSocket.decodeOutcome(try ControlSocket.encode(outcome)) == outcome)
    }

    @Test("a control message beyond its limit is neither written nor read")
    func controlMessageTooLarge() {
        let name = String(repeating: "x", count: Limits.controlMessageBytes)
        #expect(throws: ControlSocket.InvalidMessage.self) {
            try ControlSocket.encode(StoreChange.createAccount(name: name, isStrict: false))
        }
        let message = [UInt8](repeating: 0x20, count: Limits.controlMessageBytes + 1)
        #expect(throws: ControlSocket.InvalidMessage.self) { try ControlSocket.decodeChange(message) }
    }

    @Test("a socket's path may fill the system's address and not more")
    func socketPath() {
        #expect(ControlSocket.isUsable(path: String(repeating: "x", count: ControlSocket.pathBytes)))
        #expect(!ControlSocket.isUsable(path: String(repeating: "x", count: ControlSocket.pathBytes + 1)))
        #expect(ControlSocket.path(forStore: "/a/b.db") == "/a/b.db.sock")
    }

    @Test(
        "why the server could not listen is told with what to do about it",
        arguments: [(EADDRINUSE, "--port"), (EACCES, "--port"), (EADDRNOTAVAIL, "--host"), (ENFILE, "failed")]
    )
    func startFailure(code: Int32, advice: String) {
        let error = IOError(errnoCode: code, reason: "bind")
        let message = StartFailure.message(for: error, ServerSettings())
        #expect(message.contains(advice))
        #expect(!message.contains("errno"))
    }

    @Test("a server whose port is given up while it runs does not say that it could not start")
    func partEnded() {
        let message = StartFailure.message(for: ServiceGroupError.serviceFinishedUnexpectedly(), ServerSettings())
        #expect(message.contains("ended by itself") && !message.contains("--port"))
    }

    @Test("of the two ports the one is named that could not be had")
    func metricsFailure() {
        var settings = ServerSettings()
        settings.metricsPort = 9_090
        settings.metricsHost = "192.0.2.1"
        for (code, words) in [
            (EADDRINUSE, ["9090", "--metrics-port"]), (EADDRNOTAVAIL, ["192.0.2.1", "--metrics-host"]),
        ] {
            let cause = IOError(errnoCode: code, reason: "bind")
            let message = StartFailure.message(for: MetricsService.PortFailure(cause: cause), settings)
            for word in words { #expect(message.contains(word)) }
            #expect(!message.contains("\(settings.port)"))
        }
    }

    @Test("the adapter's own limits fit together")
    func limits() {
        #expect(Limits.headerFieldBytes < Limits.headerListBytes)
        #expect(Limits.shutdownGraceMilliseconds > Limits.lingerMilliseconds)
        #expect(Limits.lingerBytes >= Limits.batchBodyBytes)
    }
}
