import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

@testable import IngestServer

/// A client of a server with a certificate, which speaks HTTP/2 if the server does.
struct SecureClient: Sendable {
    let client: HTTPClient
    let port: Int

    init(port: Int, trusting pem: String, http1Only: Bool = false) throws {
        self.port = port
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
        configuration.tlsConfiguration = tls
        configuration.httpVersion = http1Only ? .http1Only : .automatic
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
    }

    /// Sends a request; a body given in place of its own may arrive slowly.
    func exchange(
        _ request: WireRequest,
        body: HTTPClientRequest.Body? = nil
    ) async throws -> (version: HTTPVersion, response: WireResponse) {
        var sent = HTTPClientRequest(url: "https://localhost:\(port)\(request.target)")
        sent.method = HTTPMethod(rawValue: request.method)
        for field in request.fields where field.name != "Host" {
            sent.headers.add(name: field.name, value: field.value)
        }
        if let body {
            sent.body = body
        } else if case .chunked = request.framing {
            sent.body = .stream([ByteBuffer(bytes: request.body)].async, length: .unknown)
        } else if !request.body.isEmpty {
            sent.body = .bytes(ByteBuffer(bytes: request.body))
        }
        let response = try await client.execute(sent, timeout: .seconds(30))
        let content = try await response.body.collect(upTo: 64 * 1_024 * 1_024)
        let fields = response.headers.map { WireResponse.Field(name: $0.name.lowercased(), value: $0.value) }
        let status = Int(response.status.code)
        return (response.version, WireResponse(status: status, fields: fields, body: Array(content.readableBytesView)))
    }
}

extension Array where Element: Sendable {
    /// The elements, one after the other.
    fileprivate var async: AsyncStream<Element> {
        AsyncStream { continuation in
            for element in self { continuation.yield(element) }
            continuation.finish()
        }
    }
}

/// Runs a server with a certificate while `body` runs.
func withSecureServer(
    _ setup: ServerSetup = ServerSetup(),
    _ body: (ServerUnderTest, FakeEventStore, _ pem: String) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let files = try CertificateFiles.make(in: folder, named: "server")
        var setup = setup
        setup.certificate = try TLSCertificate(certificateFile: files.certificate, keyFile: files.key)
        try await withServer(setup) { server, store in try await body(server, store, files.pem) }
    }
}

/// Runs a client while `body` runs.
func withClient<Value>(
    _ client: SecureClient,
    _ body: (SecureClient) async throws -> Value
) async throws -> Value {
    let value: Value
    do {
        value = try await body(client)
    } catch {
        try await client.client.shutdown()
        throw error
    }
    try await client.client.shutdown()
    return value
}
