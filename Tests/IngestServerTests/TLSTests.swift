import EventLedger
import Foundation
import NIOCore
import NIOSSL
import Testing

@testable import IngestServer

/// HTTPS: which certificate is used, and that connections end as they do without it.
@Suite struct TLSTests {
    /// Posts an event over HTTPS, trusting only one certificate.
    private static func post(to port: Int, trusting pem: String, _ token: TokenSecret) async throws -> Int {
        try await withClient(SecureClient(port: port, trusting: pem)) { client in
            try await client.exchange(.ingest(token)).response.status
        }
    }

    @Test(
        "with a certificate the port speaks HTTPS, and a certificate that is read again counts from the next connection on"
    )
    func https() async throws {
        try await withTemporaryFolder { folder in
            let first = try CertificateFiles.make(in: folder, named: "first")
            let second = try CertificateFiles.make(in: folder, named: "second")
            let certificate = try TLSCertificate(certificateFile: first.certificate, keyFile: first.key)
            try await withServer(ServerSetup(certificate: certificate)) { server, store in
                let token = store.token(.eventsWrite)
                #expect(try await TLSTests.post(to: server.port, trusting: first.pem, token) == 200)
                await #expect(throws: (any Error).self) {
                    try await TLSTests.post(to: server.port, trusting: second.pem, token)
                }

                try second.pem.write(toFile: first.certificate, atomically: true, encoding: .utf8)
                // The key is still the first one's.
                #expect(throws: TLSCertificate.Unusable.self) { try certificate.reload() }
                #expect(try await TLSTests.post(to: server.port, trusting: first.pem, token) == 200)
                try String(contentsOfFile: second.key, encoding: .utf8)
                    .write(toFile: first.key, atomically: true, encoding: .utf8)
                try certificate.reload()
                #expect(try await TLSTests.post(to: server.port, trusting: second.pem, token) == 200)
                #expect(store.with { $0.events.count } == 3)
            }
        }
    }

    @Test("whoever speaks no TLS gets no answer, and the server goes on")
    func plain() async throws {
        try await withTemporaryFolder { folder in
            let files = try CertificateFiles.make(in: folder, named: "first")
            let certificate = try TLSCertificate(certificateFile: files.certificate, keyFile: files.key)
            try await withServer(ServerSetup(certificate: certificate)) { server, store in
                let token = store.token(.eventsWrite)
                let connection = try await server.connect()
                try await connection.send(WireRequest.ingest(token).bytes)
                let rest = try await connection.rest()
                #expect(!String(decoding: rest, as: UTF8.self).contains("HTTP/1.1"))
                #expect(store.with { $0.submissions } == 0)
                #expect(try await TLSTests.post(to: server.port, trusting: files.pem, token) == 200)
            }
        }
    }

    @Test("a client that does not agree on keys in the time for a head is cut off")
    func slowHandshake() async throws {
        var limits = ConnectionLimits()
        limits.head = .seconds(1)
        try await withSecureServer(ServerSetup(limits: limits)) { server, _, pem in
            let silent = try await server.connect()
            #expect(try await silent.rest().isEmpty)
            // Once the handshake is done, the time limit for a head begins with its first byte.
            try await withClient(SecureClient(port: server.port, trusting: pem, http1Only: true)) { client in
                let (_, first) = try await client.exchange(.get("/healthz"))
                #expect(first.status == 200)
                let second = try await server.connect()
                #expect(try await second.rest().isEmpty)
                let (_, third) = try await client.exchange(.get("/healthz"))
                #expect(third.status == 200)
            }
        }
    }

    @Test("files that cannot be used are named")
    func unusable() async throws {
        try await withTemporaryFolder { folder in
            let files = try CertificateFiles.make(in: folder, named: "first")
            let other = try CertificateFiles.make(in: folder, named: "other")
            let missing = folder + "/missing.pem"
            for (certificate, key, named) in [
                (missing, files.key, missing), (files.certificate, missing, missing),
                (files.key, files.key, files.key), (files.certificate, files.certificate, files.certificate),
                (files.certificate, other.key, other.key),
            ] {
                let error = #expect(throws: TLSCertificate.Unusable.self) {
                    try TLSCertificate(certificateFile: certificate, keyFile: key)
                }
                #expect(error?.description.contains(named) == true)
            }
        }
    }
}
