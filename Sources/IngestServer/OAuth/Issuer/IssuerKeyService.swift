import AsyncHTTPClient
import EventLedger
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import UnixSignals

/// Keeps an issuer's keys up to date: reads them at the start and every ten minutes, on SIGHUP, and when a token names a key
/// that is not there. What cannot be read leaves the keys as they were.
struct IssuerKeyService: Service {
    /// The keys could not be had.
    struct Unusable: Error, CustomStringConvertible {
        /// What is wrong, naming the file or the address.
        var description: String
    }

    let issuer: TokenIssuer
    let logger: Logger

    func run() async throws {
        await read()
        await withTaskGroup { group in
            group.addTask { await readAtIntervals() }
            group.addTask {
                for await _ in issuer.keysWanted.cancelOnGracefulShutdown() { await read() }
            }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { await read() }
            }
        }
    }

    private func readAtIntervals() async {
        while true {
            let seconds = issuer.hasKeys ? Limits.issuerKeysSeconds : Limits.issuerKeysRetrySeconds
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(seconds)) }
            } catch {
                return
            }
            await read()
        }
    }

    private func read() async {
        do throws(Unusable) {
            try await IssuerKeyService.readKeys(of: issuer)
            logger.debug("keys of the token issuer read")
        } catch {
            logger.error("keys of the token issuer not changed", metadata: ["reason": "\(error)"])
        }
    }

    /// Reads an issuer's keys once.
    static func readKeys(of issuer: TokenIssuer) async throws(Unusable) {
        let source = issuer.settings.keys
        let document =
            switch source {
            case .file(let path): try contents(ofFile: path)
            case .url(let address): try await contents(of: address)
            }
        guard issuer.setKeys(document) else {
            throw Unusable(description: "\(source) holds no JWK set with a key that signatures can be checked with")
        }
    }

    private static func contents(ofFile path: String) throws(Unusable) -> Data {
        let limit = Limits.issuerKeysBytes
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: limit + 1) else {
            throw Unusable(description: "\(path) cannot be read")
        }
        guard data.count <= limit else { throw Unusable(description: "\(path) has more than \(limit) bytes") }
        return data
    }

    private static func contents(of address: String) async throws(Unusable) -> Data {
        // Another address could be anybody's, so no redirect is followed.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(Int64(Limits.issuerKeysTimeoutSeconds))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<Data, Unusable>
        do {
            let response = try await client.execute(
                HTTPClientRequest(url: address),
                timeout: .seconds(Int64(Limits.issuerKeysTimeoutSeconds))
            )
            if response.status == .ok {
                let body = try await response.body.collect(upTo: Limits.issuerKeysBytes)
                result = .success(Data(body.readableBytesView))
            } else {
                result = .failure(Unusable(description: "\(address) answers \(response.status.code)"))
            }
        } catch {
            result = .failure(Unusable(description: "\(address) cannot be read: \(error)"))
        }
        try? await client.shutdown()
        return try result.get()
    }
}
