import AsyncHTTPClient
import EventLedger
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Keeps an issuer's keys up to date.
///
/// It reads them at the start, every ten minutes (every ten seconds until they were read once), on SIGHUP, and when a
/// token names an unknown key. If they cannot be read, the keys stay as they were.
struct IssuerKeyService: Service {
    /// The keys could not be read or used.
    struct Unusable: Error, CustomStringConvertible {
        /// What is wrong, naming the file or the address.
        var description: String
    }

    let issuer: TokenIssuer
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await read()
            await withDiscardingTaskGroup { group in
                group.addTask { await askAtIntervals() }
                // One read after the other, so that a slow answer does not replace a later one.
                for await _ in issuer.keysWanted { await read() }
                group.cancelAll()
            }
        }
    }

    private func askAtIntervals() async {
        while !Task.isCancelled {
            let seconds = issuer.hasKeys ? Limits.issuerKeysSeconds : Limits.issuerKeysRetrySeconds
            try? await Task.sleep(for: .seconds(seconds))
            issuer.askForKeys()
        }
    }

    private func read() async {
        do throws(Unusable) {
            try await IssuerKeyService.readKeys(of: issuer)
            logger.debug("keys of the token issuer read")
            if issuer.hasWithdrawnKeys {
                logger.error(
                    "the token issuer has withdrawn all of its keys; its tokens are refused",
                    metadata: ["source": "\(issuer.settings.keys)"]
                )
            }
        } catch {
            // Nobody waits any more for a read that was given up because the server is stopping.
            guard !Task.isCancelled else { return }
            logger.error("keys of the token issuer not changed", metadata: ["reason": "\(error)"])
        }
    }

    /// Reads an issuer's keys once.
    ///
    /// - Parameter timeout: How long a server may take to send them.
    static func readKeys(
        of issuer: TokenIssuer,
        timeout: Duration = .seconds(Limits.issuerKeysTimeoutSeconds)
    ) async throws(Unusable) {
        let source = issuer.settings.keys
        let document =
            switch source {
            case .file(let path): try contents(ofFile: path)
            case .url(let address): try await contents(of: address, within: timeout)
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

    private static func contents(of address: String, within timeout: Duration) async throws(Unusable) -> Data {
        // No redirect is followed, because another address could be anybody's.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = TimeAmount(timeout)
        configuration.timeout.read = TimeAmount(timeout)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        // The client's own deadline ends with the head, and a body that comes in byte by byte has none.
        let result = await withTaskGroup(of: Result<Data, Unusable>.self) { group in
            group.addTask { await fetch(address, client, timeout) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return .failure(Unusable(description: "\(address) cannot be read: it takes longer than \(timeout)"))
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(Unusable(description: "\(address) cannot be read"))
        }
        try? await client.shutdown()
        return try result.get()
    }

    private static func fetch(
        _ address: String,
        _ client: HTTPClient,
        _ timeout: Duration
    ) async -> Result<Data, Unusable> {
        do {
            let response = try await client.execute(HTTPClientRequest(url: address), timeout: TimeAmount(timeout))
            guard response.status == .ok else {
                return .failure(Unusable(description: "\(address) answers \(response.status.code)"))
            }
            let body = try await response.body.collect(upTo: Limits.issuerKeysBytes)
            return .success(Data(body.readableBytesView))
        } catch {
            return .failure(Unusable(description: "\(address) cannot be read: \(error)"))
        }
    }
}
