import EventLedger
import Foundation
import Hummingbird
import IngestAPI
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import IngestServer

/// Access tokens of an issuer that the operator trusts: which are accepted, which are refused, and how its keys are
/// kept up to date.
@Suite struct TokenIssuerTests {
    private static func grant(_ issuer: TokenIssuer, _ token: String) throws -> TokenIssuer.Grant? {
        let token = try #require(CompactToken(token))
        return try issuer.grant(of: token, digest: TokenDigest(hashing: "\(token.signature)"), at: .now())
    }

    private static func issuer(_ known: IssuerUnderTest) -> TokenIssuer {
        let issuer = TokenIssuer(known.settings)
        #expect(issuer.setKeys(Data(known.keySet.utf8)))
        return issuer
    }

    @Test("a token signed in any of the usual ways speaks for the account that it names, with the scopes known here")
    func algorithms() throws {
        let known = try IssuerUnderTest()
        let issuer = Self.issuer(known)
        for algorithm in IssuerUnderTest.algorithms {
            let grant = try Self.grant(issuer, known.token(algorithm: algorithm))
            #expect(grant == TokenIssuer.Grant(account: "default", scopes: ScopeSet([.eventsWrite])), "\(algorithm)")
        }
        // A key need not be named, an audience may be one of several, and scopes an array.
        let changes: [String: Any?] = ["aud": ["x", "events"], "scope": ["events_read", "contacts_read", "x"]]
        let grant = try Self.grant(issuer, known.token(changes, header: ["kid": nil, "typ": nil]))
        #expect(grant?.scopes == ScopeSet([.eventsRead, .contactsRead]))
        #expect(try Self.grant(issuer, known.token(["scope": nil]))?.scopes == ScopeSet([]))
    }

    @Test("a key and a token may name Ed25519 by its newer name (RFC 9864)")
    func edwards() throws {
        let known = try IssuerUnderTest()
        let issuer = TokenIssuer(known.settings)
        let keys = known.keySet.replacing("\"EdDSA\"", with: "\"Ed25519\"")
        #expect(keys != known.keySet)
        #expect(issuer.setKeys(Data(keys.utf8)))
        let token = try known.token(algorithm: "EdDSA", header: ["alg": "Ed25519"])
        #expect(try Self.grant(issuer, token)?.account == "default")
    }

    @Test(
        "a member of a key that is null counts as missing, and an algorithm that is no text makes the key useless",
        arguments: [("null", true), ("\"EdDSA\"", true), ("5", false), ("[]", false), ("\"ES256\"", false)]
    )
    func members(algorithm: String, isTaken: Bool) throws {
        let known = try IssuerUnderTest()
        let issuer = TokenIssuer(known.settings)
        let keys = known.keySet.replacing("\"alg\":\"EdDSA\"", with: "\"use\":null,\"x5c\":[1],\"alg\":\(algorithm)")
        #expect(keys != known.keySet)
        #expect(issuer.setKeys(Data(keys.utf8)))
        #expect((try Self.grant(issuer, known.token(algorithm: "EdDSA")) != nil) == isTaken)
    }

    @Test("why a token is not taken is told at the level debug, and nothing that stands in it")
    func reasons() throws {
        let known = try IssuerUnderTest()
        let log = LogRecorder()
        let issuer = TokenIssuer(known.settings, logger: Logger(label: "test") { _ in log.handler() })
        #expect(issuer.setKeys(Data(known.keySet.utf8)))
        let now = Int(Date().timeIntervalSince1970)
        let other = try IssuerUnderTest()
        for (token, words) in [
            (try known.token(["aud": "other"]), "for the audience"),
            (try known.token(["exp": now - 61]), "has expired"),
            (try other.token(), "signature is wrong"),
            (try known.token(header: ["kid": "unknown"]), "no key of its kid"),
        ] {
            #expect(try Self.grant(issuer, token) == nil)
            let line = log.lines.last ?? ""
            #expect(line.hasPrefix("debug an access token of the issuer is not taken"), "\(line)")
            #expect(line.contains(words), "\(line)")
            for part in token.split(separator: ".") { #expect(!line.contains(part)) }
        }
        #expect(log.lines.count == 4)
        // Valid, but for an account that the store does not know.
        let authorization = RequestAuthorization(store: FakeEventStore(), issuer: issuer)
        let token = PresentedToken(FieldValue(["Bearer \(try known.token())"]))
        var report: RateLimitReport?
        #expect(throws: APIError.unauthorized) { try authorization.account(token, needing: .eventsWrite, &report) }
        #expect(log.lines.last?.contains("no account of the name") == true)
    }

    @Test("a token that breaks a rule, or that somebody else signed, is refused")
    func refusals() throws {
        let known = try IssuerUnderTest()
        let issuer = Self.issuer(known)
        let now = Int(Date().timeIntervalSince1970)
        let changes: [[String: Any?]] = [
            ["iss": "https://id.example/"], ["iss": nil], ["aud": "other"], ["aud": nil], ["aud": ["other"]],
            ["exp": nil], ["exp": now - 61], ["exp": "\(now + 60)"], ["exp": 1e300], ["exp": -1],
            ["nbf": now + 120], ["nbf": "x"], ["account": nil], ["account": 7],
        ]
        for change in changes { #expect(try Self.grant(issuer, known.token(change)) == nil, "\(change)") }
        let good = try known.token()
        let parts = good.split(separator: ".")
        let other = try known.token(["account": "other"]).split(separator: ".")
        let stranger = try IssuerUnderTest()
        let forged = [
            "\(parts[0]).\(other[1]).\(parts[2])", "\(parts[0]).\(parts[1]).AAAA", "\(parts[0]).\(parts[1]).",
            try known.token(algorithm: "none"), try known.token(algorithm: "HS256"),
            try known.token(algorithm: "ES256", header: ["kid": "P-384"]),
            try known.token(algorithm: "ES256", header: ["alg": "ES384", "kid": "P-384"]),
            try known.token(algorithm: "EdDSA", header: ["alg": "RS256"]),
            try known.token(header: ["kid": "unknown"]), try stranger.token(), try stranger.token(algorithm: "RS256"),
        ]
        for token in forged { #expect(try Self.grant(issuer, token) == nil, "\(token)") }
        #expect(CompactToken(try known.token(header: ["crit": ["b64"]])) == nil)
        #expect(try Self.grant(issuer, good) != nil)
    }

    @Test("the issuer's clock may be as far off as was said, and no farther")
    func clockSkew() throws {
        let known = try IssuerUnderTest()
        let now = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)
        let second = 1_800_000_000
        var settings = known.settings
        for (skew, exp, nbf, isGood) in [
            (60, second - 59, second, true), (60, second - 60, second, false), (60, second + 9, second + 60, true),
            (60, second + 99, second + 61, false), (0, second, second, false), (0, second + 1, second, true),
        ] {
            settings.clockSkewSeconds = skew
            let issuer = TokenIssuer(settings)
            #expect(issuer.setKeys(Data(known.keySet.utf8)))
            let token = try #require(CompactToken(known.token(["exp": exp, "nbf": nbf])))
            let digest = TokenDigest(hashing: "x")
            #expect(try (issuer.grant(of: token, digest: digest, at: now) != nil) == isGood)
            #expect((issuer.grant(for: digest, at: now) != nil) == isGood)
        }
    }

    @Test("a token that was checked is remembered until it ends, or until the keys change")
    func memory() throws {
        let known = try IssuerUnderTest()
        let issuer = TokenIssuer(known.settings, checkedTokens: 4)
        #expect(issuer.setKeys(Data(known.keySet.utf8)))
        let now = Timestamp.now()
        let later = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch + 661_000)
        let token = try #require(CompactToken(known.token()))
        let digests = (0..<9).map { TokenDigest(hashing: "\($0)") }
        for digest in digests {
            #expect(issuer.grant(for: digest, at: now) == nil)
            #expect(try issuer.grant(of: token, digest: digest, at: now) != nil)
            #expect(issuer.grant(for: digest, at: now) != nil)
            #expect(issuer.grant(for: digest, at: later) == nil)
        }
        #expect(digests.count { issuer.grant(for: $0, at: now) != nil } <= 4)
        // The same keys again change nothing, and neither does a file that is not a set or whose keys are all unusable;
        // other keys do.
        #expect(issuer.setKeys(Data(known.keySet.utf8)))
        for bad in ["", "{}", "[]", #"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
            #expect(!issuer.setKeys(Data(bad.utf8)))
        }
        #expect(issuer.grant(for: digests[8], at: now) != nil)
        #expect(issuer.setKeys(Data(try IssuerUnderTest().keySet.utf8)))
        #expect(issuer.grant(for: digests[8], at: now) == nil)
        #expect(try issuer.grant(of: token, digest: digests[8], at: now) == nil)
    }

    @Test("a key that is not known is asked for once, however many tokens name one")
    func unknownKeys() async throws {
        let known = try IssuerUnderTest()
        let issuer = Self.issuer(known)
        for _ in 0..<3 { #expect(try Self.grant(issuer, known.token(header: ["kid": "unknown"])) == nil) }
        var wanted = issuer.keysWanted.makeAsyncIterator()
        #expect(await wanted.next() != nil)
    }

    @Test(
        "the server takes the issuer's tokens as its own, counts them by the account's limits, and ends with the account's"
    )
    func server() async throws {
        let known = try IssuerUnderTest()
        let issuer = TokenIssuer(known.settings)
        try await withTemporaryFolder { folder in
            let store = try await SQLiteEventStore.open(at: folder + "/events.db")
            // A service that reads no keys: the file does not exist.
            try await withServer(over: store, ServerSetup(issuer: issuer)) { server in
                func send(_ token: String, key: String? = nil) async throws -> WireResponse {
                    let request = WireRequest.ingest(nil, key: key).adding("Authorization", "Bearer \(token)")
                    return try await server.exchange(request)
                }
                let token = try known.token()
                let early = try await send(token)
                #expect(early.status == 503 && early.errorCode == "not_ready" && early["Retry-After"] != nil)
                #expect(issuer.setKeys(Data(known.keySet.utf8)))
                #expect(try await send(token, key: "k").status == 200)
                #expect(try await send(token, key: "k")["Idempotent-Replayed"] == "true")
                #expect(try await send(known.token(["scope": "events_read"])).status == 403)
                let newcomer = try known.token(["account": "newcomer"])
                #expect(try await send(newcomer).status == 401)
                _ = try await store.perform(.createAccount(name: "newcomer", isStrict: false))
                #expect(try await send(newcomer).status == 200)
                _ = try await store.perform(.setRateLimit(account: "newcomer", window: .minute, requests: 1))
                #expect(try await send(newcomer)["X-RateLimit-Limit-Minute"] == "1")
                let read = WireRequest.get("/v1/events")
                    .adding("Authorization", "Bearer \(try known.token(["scope": "events_read"]))")
                #expect(try await server.exchange(read).status == 200)
                #expect(!server.log.text.contains(token))
            }
            await store.close()
        }
    }

    @Test("keys are read from a file or an address; what cannot be used is named")
    func sources() async throws {
        let keySet = try IssuerUnderTest().keySet
        try await withTemporaryFolder { folder in
            let file = folder + "/keys.json"
            try keySet.write(toFile: file, atomically: false, encoding: .utf8)
            let issuer = TokenIssuer(try IssuerUnderTest(keys: .file(file)).settings)
            try await IssuerKeyService.readKeys(of: issuer)
            #expect(issuer.hasKeys)
            for bad in [folder + "/none.json", folder] {
                let issuer = TokenIssuer(try IssuerUnderTest(keys: .file(bad)).settings)
                let error = await #expect(throws: IssuerKeyService.Unusable.self) {
                    try await IssuerKeyService.readKeys(of: issuer)
                }
                #expect(error?.description.hasPrefix(bad) == true)
            }
        }
        try await withKeyServer(keySet) { address in
            let issuer = TokenIssuer(try IssuerUnderTest(keys: .url(address + "/keys")).settings)
            try await IssuerKeyService.readKeys(of: issuer)
            #expect(issuer.hasKeys)
            for path in ["/none", "/moved", "/large", "/other"] {
                let issuer = TokenIssuer(try IssuerUnderTest(keys: .url(address + path)).settings)
                let error = await #expect(throws: IssuerKeyService.Unusable.self) {
                    try await IssuerKeyService.readKeys(of: issuer)
                }
                #expect(error?.description.contains(path) == true)
                #expect(!issuer.hasKeys)
            }
        }
    }

    /// Runs an issuer's server while `body` runs.
    private func withKeyServer(_ keySet: String, _ body: (String) async throws -> Void) async throws {
        let router = Router()
        router.get("/keys") { _, _ in keySet }
        router.get("/moved") { _, _ in Response.redirect(to: "/keys") }
        router.get("/large") { _, _ in keySet + String(repeating: " ", count: Limits.issuerKeysBytes) }
        router.get("/other") { _, _ in "<html>" }
        let (ports, portFound) = AsyncStream.makeStream(of: Int?.self)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { portFound.yield($0.localAddress?.port) }
        )
        let group = ServiceGroup(
            services: [application],
            logger: Logger(label: "keys") { _ in SwiftLogNoOpLogHandler() }
        )
        let running = Task { try await group.run() }
        let port = await ports.first { _ in true } ?? nil
        do {
            try await body("http://127.0.0.1:\(try #require(port))")
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
    }
}
