import Crypto
import CryptoExtras
import Foundation

@testable import IngestServer

/// An issuer of access tokens with keys of every kind.
struct IssuerUnderTest: Sendable {
    let settings: IssuerSettings
    private let rsa: _RSA.Signing.PrivateKey
    private let p256 = P256.Signing.PrivateKey()
    private let encryption = P256.Signing.PrivateKey()
    private let p384 = P384.Signing.PrivateKey()
    private let p521 = P521.Signing.PrivateKey()
    private let ed25519 = Curve25519.Signing.PrivateKey()

    static let algorithms = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]

    init(keys: IssuerSettings.KeySource = .file("keys.json")) throws {
        settings = IssuerSettings(issuer: "https://id.example", audience: "events", keys: keys)
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    }

    /// The public keys, as a JWK set.
    var keySet: String {
        let primitives = try! rsa.publicKey.getKeyPrimitives()
        func ec(_ curve: String, _ point: Data) -> String {
            let half = point.count / 2
            return #"{"kty":"EC","kid":"\#(curve)","use":"sig","crv":"\#(curve)","#
                + #""x":"\#(base64URL(point.prefix(half)))","y":"\#(base64URL(point.suffix(half)))"}"#
        }
        let keys = [
            // Key types that are unknown, or not for this use, are skipped.
            #"{"kty":"oct","kid":"secret","k":"AAAA"}"#, #"{"kty":"new","kid":"new"}"#, "7",
            ec("P-256", encryption.publicKey.rawRepresentation).replacing("\"sig\"", with: "\"enc\""),
            #"{"kty":"RSA","kid":"rsa","n":"\#(base64URL(primitives.modulus))","#
                + #""e":"\#(base64URL(primitives.publicExponent))"}"#,
            ec("P-256", p256.publicKey.rawRepresentation), ec("P-384", p384.publicKey.rawRepresentation),
            ec("P-521", p521.publicKey.rawRepresentation),
            #"{"kty":"OKP","kid":"ed","crv":"Ed25519","alg":"EdDSA","#
                + #""x":"\#(base64URL(ed25519.publicKey.rawRepresentation))"}"#,
        ]
        return #"{"keys":[\#(keys.joined(separator: ","))]}"#
    }

    /// The claims of a valid token.
    func claims(_ changes: [String: Any?] = [:]) -> [String: Any] {
        let now = Int(Date().timeIntervalSince1970)
        var claims: [String: Any] = [
            "iss": settings.issuer, "aud": settings.audience, "exp": now + 600, "nbf": now, "account": "default",
            "scope": "openid events_write",
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    /// A token of these claims.
    func token(
        _ changes: [String: Any?] = [:],
        algorithm: String = "ES256",
        header: [String: Any?] = [:]
    ) throws -> String {
        var fields: [String: Any] = ["alg": algorithm, "typ": "at+jwt", "kid": keyID(algorithm)]
        for (name, value) in header { fields[name] = value }
        let input =
            base64URL(try JSONSerialization.data(withJSONObject: fields)) + "."
            + base64URL(try JSONSerialization.data(withJSONObject: claims(changes)))
        return input + "." + base64URL(try signature(Data(input.utf8), algorithm))
    }

    private func keyID(_ algorithm: String) -> String {
        switch algorithm {
        case "ES256": "P-256"
        case "ES384": "P-384"
        case "ES512": "P-521"
        case "EdDSA": "ed"
        default: "rsa"
        }
    }

    private func signature(_ input: Data, _ algorithm: String) throws -> Data {
        let padding: _RSA.Signing.Padding = algorithm.hasPrefix("PS") ? .PSS : .insecurePKCS1v1_5
        return switch algorithm {
        case "RS256", "PS256": try rsa.signature(for: SHA256.hash(data: input), padding: padding).rawRepresentation
        case "RS384", "PS384": try rsa.signature(for: SHA384.hash(data: input), padding: padding).rawRepresentation
        case "RS512", "PS512": try rsa.signature(for: SHA512.hash(data: input), padding: padding).rawRepresentation
        case "ES256": try p256.signature(for: input).rawRepresentation
        case "ES384": try p384.signature(for: input).rawRepresentation
        case "ES512": try p521.signature(for: input).rawRepresentation
        case "EdDSA": try ed25519.signature(for: input)
        // Signs with the public key as the secret.
        case "HS256":
            Data(
                HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: rsa.publicKey.derRepresentation))
            )
        default: Data()
        }
    }
}

/// Base64url without padding.
func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}
