import Crypto
import EventLedger
import Foundation
import IngestAPI
import TestSupport
import Testing

@testable import IngestServer

/// Access tokens over the real store: how clients get them, what they allow, and how they end.
@Suite struct OAuthTests {
    /// An app and its secret.
    struct Client: Sendable {
        var app: OAuthApp
        var secret: ClientSecret
    }

    private static func withClient(
        scopes: [Scope] = Scope.allCases,
        _ body: (ServerUnderTest, SQLiteEventStore, Client) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteEventStore.open(at: folder + "/events.db")
            let secret = ClientSecret.random()
            let outcome = try await store.perform(
                .createApp(
                    account: Account.defaultName,
                    name: "test",
                    scopes: ScopeSet(scopes),
                    clientID: ClientID.random(),
                    secretDigest: secret.digest.bytes
                )
            )
            guard case .appCreated(let app) = outcome else { throw StoreError.unexpected(reason: "\(outcome)") }
            try await withServer(over: store) { try await body($0, store, Client(app: app, secret: secret)) }
            await store.close()
        }
    }

    private static func tokenRequest(_ form: String) -> WireRequest {
        var request = WireRequest()
        request.target = "/oauth/token"
        request.fields.append(("Content-Type", "application/x-www-form-urlencoded"))
        request.body = Array(form.utf8)
        return request
    }

    private static func form(_ client: Client, _ rest: String = "") -> String {
        "grant_type=client_credentials&client_id=\(client.app.clientID)&client_secret=\(client.secret.text)" + rest
    }

    private static func token(_ server: ServerUnderTest, _ client: Client, scope: String) async throws -> String {
        let response = try await server.exchange(tokenRequest(form(client, "&scope=\(scope)")))
        return try #require(response.object?["access_token"] as? String)
    }

    private static func ingest(_ token: String, key: String? = nil) -> WireRequest {
        WireRequest.ingest(nil, key: key).adding("Authorization", "Bearer \(token)")
    }

    @Test("credentials in the form or by HTTP Basic give a token of two hours, with the scopes that were asked for")
    func answer() async throws {
        try await Self.withClient { server, _, client in
            let basic = Data("\(client.app.clientID):\(client.secret.text)".utf8).base64EncodedString()
            let byBasic = Self.tokenRequest("grant_type=client_credentials&scope=events_write+events_read")
                .adding("Authorization", "Basic \(basic)")
            let byForm = Self.tokenRequest(Self.form(client))
            for (request, scope) in [(byBasic, "events_write events_read"), (byForm, "contacts_read")] {
                let before = Int(Date().timeIntervalSince1970)
                let response = try await server.exchange(request)
                #expect(response.status == 200)
                #expect(response["Cache-Control"] == "no-store")
                let object = try #require(response.object)
                #expect(Set(object.keys) == ["access_token", "token_type", "expires_in", "scope", "created_at"])
                #expect(object["token_type"] as? String == "Bearer")
                #expect(object["expires_in"] as? Int == 7_200)
                #expect(object["scope"] as? String == scope)
                let createdAt = try #require(object["created_at"] as? Int)
                #expect((before...before + 60).contains(createdAt))
                let parts = try #require(object["access_token"] as? String).split(separator: ".")
                #expect(parts.count == 3)
                let claims = try #require(OAuthTests.json(parts[1]))
                #expect(claims["exp"] as? Int == createdAt + 7_200)
                #expect(claims["client_id"] as? String == client.app.clientID)
                #expect(OAuthTests.json(parts[0])?["typ"] as? String == "at+jwt")
            }
        }
    }

    @Test("every endpoint takes an access token as it takes an API token")
    func allEndpoints() async throws {
        try await Self.withClient { server, _, client in
            let token = try await Self.token(server, client, scope: "events_write+events_read+contacts_read")
            let connection = try await server.connect()
            let accepted = try await connection.exchange(Self.ingest(token, key: "k"))
            #expect(accepted.status == 200)
            let replayed = try await connection.exchange(Self.ingest(token, key: "k"))
            #expect(replayed["Idempotent-Replayed"] == "true")
            let id = try #require(accepted.object?["event_id"] as? String)
            for target in ["/v1/events", "/v1/events/\(id)", "/v1/contacts"] {
                let request = WireRequest.get(target).adding("Authorization", "Bearer \(token)")
                #expect(try await connection.exchange(request).status == 200)
            }
            let readOnly = try await Self.token(server, client, scope: "events_read")
            let refused = try await server.exchange(Self.ingest(readOnly))
            #expect(refused.errorCode == "insufficient_scope")
        }
    }

    @Test("what is no good request for a token says why, in the envelope")
    func refusals() async throws {
        try await Self.withClient(scopes: [.eventsWrite]) { server, _, client in
            let wrong = Client(app: client.app, secret: .random())
            let cases: [(WireRequest, Int, String)] = [
                (Self.tokenRequest(Self.form(wrong)), 401, "invalid_client"),
                (Self.tokenRequest(Self.form(wrong, "&scope=nonsense")), 401, "invalid_client"),
                (Self.tokenRequest("grant_type=client_credentials"), 401, "invalid_client"),
                // The default scope is one that this app does not have.
                (Self.tokenRequest(Self.form(client)), 401, "invalid_scope"),
                (Self.tokenRequest(Self.form(client, "&scope=events_read")), 401, "invalid_scope"),
                (Self.tokenRequest(Self.form(client, "&scope=nonsense")), 401, "invalid_scope"),
                (Self.tokenRequest("client_id=x"), 422, "validation_failed"),
                (Self.tokenRequest("grant_type=%zz"), 422, "validation_failed"),
                (Self.tokenRequest("grant_type=%ff"), 422, "validation_failed"),
                (Self.tokenRequest("scope=" + String(repeating: "x", count: 4_096)), 413, "payload_too_large"),
                (WireRequest.get("/oauth/token"), 405, "method_not_allowed"),
            ]
            for (request, status, code) in cases {
                let response = try await server.exchange(request)
                #expect(response.status == status)
                #expect(response.errorCode == code)
                if status == 401 { #expect(response["WWW-Authenticate"]?.hasPrefix("Basic") == true) }
                #expect(!response.text.contains(client.secret.text))
            }
            var json = Self.tokenRequest("{}")
            json.fields = [("Host", "localhost"), ("Content-Type", "application/json")]
            #expect(try await server.exchange(json).status == 415)
            let faulty = try await server.exchange(Self.tokenRequest("grant_type=%zz"))
            #expect(!faulty.text.contains("query"))
        }
    }

    @Test("a token ends with its app or its secret, from the very next request on")
    func endings() async throws {
        try await Self.withClient { server, store, client in
            let connection = try await server.connect()
            let first = try await Self.token(server, client, scope: "events_write")
            #expect(try await connection.exchange(Self.ingest(first)).status == 200)
            let secret = ClientSecret.random()
            _ = try await store.perform(
                .rotateAppSecret(account: "default", id: client.app.id, secretDigest: secret.digest.bytes)
            )
            #expect(try await connection.exchange(Self.ingest(first)).status == 401)
            let renewed = Client(app: client.app, secret: secret)
            let second = try await Self.token(server, renewed, scope: "events_write")
            #expect(try await connection.exchange(Self.ingest(second)).status == 200)
            _ = try await store.perform(.rotateSigningKey(dropsEarlier: false))
            #expect(try await connection.exchange(Self.ingest(second)).status == 200)
            let third = try await Self.token(server, renewed, scope: "events_write")
            #expect(try await connection.exchange(Self.ingest(third)).status == 200)
            _ = try await store.perform(.deleteApp(account: "default", id: client.app.id))
            #expect(try await connection.exchange(Self.ingest(second)).status == 401)
            #expect(try await connection.exchange(Self.ingest(third)).status == 401)
            #expect(try await connection.exchange(Self.tokenRequest(Self.form(renewed))).errorCode == "invalid_client")
        }
    }

    @Test("a token that was tampered with, signed by somebody else, or is another kind of JWT is refused")
    func forgeries() async throws {
        try await Self.withClient { server, store, client in
            let good = try await Self.token(server, client, scope: "events_write")
            let parts = good.split(separator: ".").map(String.init)
            let header = #"{"alg":"EdDSA","kid":"1","typ":"at+jwt"}"#
            let now = Int(Date().timeIntervalSince1970)
            func claims(exp: Int, more: String = "") -> String {
                """
                {"iss":"event-ledger","sub":"\(client.app.clientID)","aud":"event-ledger",\
                "client_id":"\(client.app.clientID)","scope":"events_write","secret_version":1,\
                "iat":\(now),"exp":\(exp),"jti":"x"\(more)}
                """
            }
            let seed = try #require(store.signingKeys.first).seed
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
            func signed(_ header: String, _ claims: String, by key: Curve25519.Signing.PrivateKey) throws -> String {
                let input = OAuthTests.base64(header.utf8) + "." + OAuthTests.base64(claims.utf8)
                return input + "." + OAuthTests.base64(try key.signature(for: Data(input.utf8)))
            }
            // Checks that the test signs correctly; otherwise the rest would prove nothing.
            #expect(
                try await server.exchange(Self.ingest(signed(header, claims(exp: now + 60), by: key))).status == 200
            )
            let forgeries = [
                parts[0] + "." + parts[1] + "." + OAuthTests.base64([UInt8](repeating: 0, count: 64)),
                parts[0] + "." + OAuthTests.base64(claims(exp: now + 9_999).utf8) + "." + parts[2],
                OAuthTests.base64(#"{"alg":"none"}"#.utf8) + "." + parts[1] + ".",
                try signed(header, claims(exp: now + 60), by: .init()),
                try signed(header, claims(exp: now - 1), by: key),
                try signed(#"{"alg":"EdDSA","kid":"1","typ":"JWT"}"#, claims(exp: now + 60), by: key),
                try signed(#"{"alg":"HS256","kid":"1","typ":"at+jwt"}"#, claims(exp: now + 60), by: key),
                try signed(#"{"alg":"EdDSA","kid":"2","typ":"at+jwt"}"#, claims(exp: now + 60), by: key),
                try signed(#"{"alg":"EdDSA","typ":"at+jwt"}"#, claims(exp: now + 60), by: key),
                try signed(
                    header,
                    claims(exp: now + 60).replacing("\"iss\":\"event-ledger\"", with: "\"iss\":\"x\""),
                    by: key
                ),
                try signed(
                    header,
                    claims(exp: now + 60).replacing("\"aud\":\"event-ledger\"", with: "\"aud\":\"x\""),
                    by: key
                ),
                try signed(#"{"alg":"EdDSA","kid":"1","typ":"at+jwt","crit":["x"]}"#, claims(exp: now + 60), by: key),
                // Numbers that no integer can hold, in tokens that nobody has signed.
                OAuthTests.base64(#"{"alg":"EdDSA","kid":"1","typ":"at+jwt","x":1e300}"#.utf8) + ".e30.e30",
                OAuthTests.base64(#"{"alg":"EdDSA","kid":"99999999999999999999","typ":"at+jwt"}"#.utf8) + ".e30.e30",
                "a.b.c", "..",
            ]
            for forgery in forgeries {
                let response = try await server.exchange(Self.ingest(forgery))
                #expect(response.status == 401, "\(forgery)")
                #expect(response.errorCode == "unauthorized")
            }
        }
    }

    @Test("neither a secret nor a token is ever logged")
    func log() async throws {
        try await Self.withClient { server, _, client in
            let token = try await Self.token(server, client, scope: "events_write")
            _ = try await server.exchange(Self.ingest(token))
            let wrong = Client(app: client.app, secret: .random())
            _ = try await server.exchange(Self.tokenRequest(Self.form(wrong)))
            let log = server.log.text
            for secret in [client.secret.text, wrong.secret.text, token] { #expect(!log.contains(secret)) }
        }
    }

    private static func base64(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func json(_ part: Substring) -> [String: Any]? {
        var text = part.replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: String(text)).flatMap {
            try? JSONSerialization.jsonObject(with: $0) as? [String: Any]
        }
    }
}
