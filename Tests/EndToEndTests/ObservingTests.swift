import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// What the server reports about requests, tested as a whole process.
@Suite("Watching requests", .timeLimit(.minutes(2)))
struct ObservingTests {
    @Test("the process keeps the trace of a request, and takes the options of watching and of proxies")
    func trace() async throws {
        let folder = try StoreFolder()
        let server = try await ServerProcess(folder, "--access-log", "on", "--trusted-proxies", "127.0.0.1,::1")
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        var request = HTTPClientRequest(url: server.url + "/healthz")
        request.headers.add(name: "traceparent", value: "00-\(trace)-00f067aa0ba902b7-01")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let answered = try #require(response.headers.first(name: "traceparent"))
        #expect(answered.hasPrefix("00-\(trace)-") && answered.hasSuffix("-01"))
        #expect(!answered.contains("00f067aa0ba902b7"))
        _ = try await response.body.collect(upTo: 1_000)
        #expect(await server.stop() == 0)
    }

    @Test("a signal to read files again ends no server, whether or not there is anything to read")
    func hangUp() async throws {
        let folder = try StoreFolder()
        let server = try await ServerProcess(folder)
        for _ in 0..<2 {
            server.hangUp()
            #expect(await server.logs("SIGHUP: there is nothing to read again"))
        }
        let keys = folder.path + "/keys.json"
        // The public key of RFC 8037, appendix A.2.
        let key = #"{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        try #"{"keys":[\#(key)]}"#.write(toFile: keys, atomically: true, encoding: .utf8)
        #expect(await server.stop() == 0)
        let other = try await ServerProcess(
            folder,
            "--oauth-issuer",
            "https://id.example",
            "--oauth-audience",
            "events",
            "--oauth-keys",
            keys
        )
        try #"{"keys":[]}"#.write(toFile: keys, atomically: true, encoding: .utf8)
        other.hangUp()
        #expect(await other.logs("has withdrawn all of its keys"))
        #expect(await other.stop() == 0)
    }

    @Test(
        "why a server does not start is a line of its log",
        arguments: ["", "--tls-certificate none.pem --tls-key none.pem"]
    )
    func failingStart(options: String) async throws {
        let folder = try StoreFolder()
        let script = """
            ingest-server --store none/events.db --log-format json \(options) 2> log
            grep -qE '^\\{"time":"[^"]+","level":"critical","logger":"ingest-server","message":".*none' log
            """
        #expect(try await folder.shell(script, environment: [:]) == 0)
    }

    #if os(Linux)
    @Test("a server that is started without standard streams gives their numbers to none of its files")
    func closedStreams() async throws {
        let folder = try StoreFolder()
        let script = """
            ingest-server --store events.db --port 0 <&- >&- 2>&- &
            until [ -S events.db.sock ]; do kill -0 $! || exit 1; done
            for number in 0 1 2; do [ "$(readlink "/proc/$!/fd/$number")" = /dev/null ] || fault=yes; done
            kill $!
            until [ ! -S events.db.sock ]; do kill -0 $! || exit 1; done
            [ -z "$fault" ]
            """
        #expect(try await folder.shell(script, environment: [:]) == 0)
    }
    #endif

    @Test(
        "the limit of open files is raised for as many connections as are wanted, as far as the system lets the server",
        arguments: [("-Sn 100", 300 + 2 * 3 + 64), ("-n 200", 200)]
    )
    func openFiles(limit: String, raised: Int) async throws {
        let folder = try StoreFolder()
        let server = try await ServerProcess(folder, limit: limit, "--connections", "300", "--threads", "2")
        let socket = try #require(
            "\(folder.store).sock".addingPercentEncoding(withAllowedCharacters: .alphanumerics)
        )
        let request = HTTPClientRequest(url: "http+unix://\(socket)/metrics")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let metrics = String(buffer: try await response.body.collect(upTo: 1_000_000))
        #expect(metrics.contains("\nprocess_max_fds \(raised)\n"))
        #expect(await server.stop() == 0)
    }
}
