import EventLedger
import EventModel
import Foundation
import TestSupport
import Testing

@testable import IngestServer

/// The log holds nothing of what clients sent.
@Suite struct LogTests {
    @Test("no token, key, address, number, id, query or data is logged, at any level")
    func nothingOfTheClient() async throws {
        try await withTemporaryFolder { folder in
            try await withServer(ServerSetup(controlSocket: folder + "/s.sock", logsAccess: true)) { server, store in
                let token = store.token(.eventsWrite, .eventsRead, .contactsRead)
                let secrets = [
                    token.text, "secret-key", "secret@example.com", "+4915550001", "secret-data", "secret_type",
                    "secret-query", "secret-agent", "secret-path", "cus_secretsecretsec", "secret-body",
                    "000000000000000000000001", "000000000000000000000777",
                ]
                let good = #"""
                    {"event_type":"secret_type","email":"secret@example.com","event_data":{"a":"secret-data"}}
                    """#
                let phone = #"{"event_type":"secret_type","phone":"+4915550001"}"#
                var requests: [WireRequest] = [
                    .ingest(token, key: "secret-key", body: good), .ingest(token, key: "secret-key", body: good),
                    .ingest(token, key: "secret-key", body: "{}"), .ingest(token, body: phone),
                    .ingest(token, body: #"{"secret-body":"#), .ingest(TokenSecret.random(), body: good),
                    .get("/v1/events?event_type=secret-query", token), .get("/v1/secret-path", token),
                    .get("/v1/contacts?email=secret@example.com", token),
                    .get("/v1/contacts/cus_secretsecretsec", token),
                    .get("/v1/contacts?phone_number=+4915550001", token),
                    .get("/v1/events/000000000000000000000001", token),
                    .get("/v1/events/000000000000000000000777", token), .get("/v1/events?secret-query=%zz", token),
                ]
                requests = requests.map { $0.adding("User-Agent", "secret-agent") }
                for failure in [nil, StoreError.writeFailed(reason: "disk")] {
                    store.with { $0.failure = failure }
                    for request in requests { _ = try await server.exchange(request) }
                    let connection = try await server.connect()
                    try await connection.send("GET secret-path\r\nsecret-agent\r\n\r\n")
                    _ = try await connection.response()
                    let cut = try await server.connect()
                    try await cut.send(WireRequest.ingest(token, body: good).bytes.dropLast(5))
                    cut.finishSending()
                    _ = try await cut.rest()
                    var change = WireRequest()
                    change.target = "/changes"
                    change.body = Array(#"{"secret-body":1}"#.utf8)
                    _ = try await server.exchangeWithControlSocket(change)
                }
                await server.beginShutdown()
                try await server.waitUntilStopped()
                let log = server.log.text
                #expect(!log.isEmpty)
                for secret in secrets { #expect(!log.contains(secret), "\(secret)") }
            }
        }
    }

    @Test("a request's id is logged with its answer")
    func requestID() async throws {
        try await withServer { server, store in
            let request = WireRequest.ingest(store.token(.eventsWrite)).adding("X-Request-Id", "my-id")
            _ = try await server.exchange(request)
            #expect(server.log.lines.contains { $0.contains("my-id") && $0.contains("200") })
        }
    }
}
