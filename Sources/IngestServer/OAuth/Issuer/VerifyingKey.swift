import Crypto
import CryptoExtras
import EventLedger
import Foundation
import JWTKit

/// One public key of an issuer, and the ways of signing that it may be used for (RFC 7518, section 3; RFC 8037).
struct VerifyingKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// The id by which tokens name the key.
    let id: String?
    private let algorithms: Set<String>
    private let material: Material

    /// The smallest RSA key that is accepted, in bits (RFC 7518, section 3.3).
    private static let rsaBits = 2_048

    /// Takes a key of a JWK set; nil for one that cannot be used.
    ///
    /// - Parameter algorithm: What the key's `alg` names.
    init?(_ key: JWK, for algorithm: String?) {
        guard let (material, algorithms) = VerifyingKey.material(key) else { return nil }
        if let named = algorithm {
            guard algorithms.contains(named) else { return nil }
            self.algorithms = [named]
        } else {
            self.algorithms = algorithms
        }
        self.material = material
        id = key.keyIdentifier?.string
    }

    private static func material(_ key: JWK) -> (Material, Set<String>)? {
        func coordinate(_ text: String?, _ bytes: Int) -> Data? {
            guard let data = text.flatMap({ Data(base64URL: $0.utf8) }), data.count == bytes else { return nil }
            return data
        }
        func point(_ bytes: Int) -> Data? {
            guard let x = coordinate(key.x, bytes), let y = coordinate(key.y, bytes) else { return nil }
            return x + y
        }
        switch (key.keyType.rawValue, key.curve?.rawValue) {
        case ("RSA", _):
            guard
                let modulus = key.modulus.flatMap({ Data(base64URL: $0.utf8) }),
                let exponent = key.exponent.flatMap({ Data(base64URL: $0.utf8) }),
                let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent), key.keySizeInBits >= rsaBits
            else { return nil }
            return (.rsa(key), ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
        case ("EC", "P-256"):
            return point(32).flatMap { try? P256.Signing.PublicKey(rawRepresentation: $0) }.map {
                (.p256($0), ["ES256"])
            }
        case ("EC", "P-384"):
            return point(48).flatMap { try? P384.Signing.PublicKey(rawRepresentation: $0) }.map {
                (.p384($0), ["ES384"])
            }
        case ("EC", "P-521"):
            return point(66).flatMap { try? P521.Signing.PublicKey(rawRepresentation: $0) }.map {
                (.p521($0), ["ES512"])
            }
        case ("OKP", "Ed25519"):
            return coordinate(key.x, 32).flatMap { try? Curve25519.Signing.PublicKey(rawRepresentation: $0) }
                .map { (.ed25519($0), ["EdDSA", "Ed25519"]) }
        default:
            return nil
        }
    }

    /// Whether a token that is signed in this way may be checked with the key.
    func isFor(_ header: CompactToken.Header) -> Bool {
        algorithms.contains(header.alg) && (header.kid == nil || header.kid == id)
    }

    /// Whether the key's owner signed this.
    func isValidSignature(_ signature: Data, for signed: Data, algorithm: String) -> Bool {
        switch material {
        case .rsa(let key):
            return VerifyingKey.isValid(signature, for: signed, algorithm, key)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: signed))
        case .p384(let key):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA384.hash(data: signed))
        case .p521(let key):
            guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA512.hash(data: signed))
        case .ed25519(let key):
            return key.isValidSignature(signature, for: signed)
        }
    }

    private static func isValid(
        _ signature: Data,
        for signed: Data,
        _ algorithm: String,
        _ key: _RSA.Signing.PublicKey
    ) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        let padding: _RSA.Signing.Padding = algorithm.hasPrefix("PS") ? .PSS : .insecurePKCS1v1_5
        switch algorithm.suffix(3) {
        case "256": return key.isValidSignature(signature, for: SHA256.hash(data: signed), padding: padding)
        case "384": return key.isValidSignature(signature, for: SHA384.hash(data: signed), padding: padding)
        case "512": return key.isValidSignature(signature, for: SHA512.hash(data: signed), padding: padding)
        default: return false
        }
    }
}

extension VerifyingKey {
    /// A JWK set whose other keys can be used even if one cannot be read, or is not for signatures (RFC 7517, sections
    /// 4.2 and 5).
    private struct KeySet: Decodable {
        struct Entry: Decodable {
            /// A member, which is a text if it says what the key is; null counts as missing.
            struct Member: Decodable {
                let isNull: Bool
                let text: String?

                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    isNull = container.decodeNil()
                    text = try? container.decode(String.self)
                }
            }

            let key: VerifyingKey?

            init(from decoder: any Decoder) throws {
                var members = ((try? [String: Member](from: decoder)) ?? [:]).filter { !$1.isNull }
                // Not every name of an algorithm is known to the library, which would refuse the key for that.
                let algorithm = members.removeValue(forKey: "alg")
                let texts = members.compactMapValues(\.text)
                guard
                    algorithm == nil || algorithm?.text != nil, [nil, "sig"].contains(texts["use"]),
                    let document = try? JSONEncoder().encode(texts),
                    let jwk = try? JSONDecoder().decode(JWK.self, from: document)
                else {
                    key = nil
                    return
                }
                key = VerifyingKey(jwk, for: algorithm?.text)
            }
        }

        var keys: [Entry]
    }

    /// The keys of a JWK set that can check signatures; nil if the document is no JWK set, or no key in it can.
    ///
    /// An empty set is valid: with it an issuer withdraws all of its keys.
    static func keys(of document: Data) -> [VerifyingKey]? {
        guard let set = try? JSONDecoder().decode(KeySet.self, from: document) else { return nil }
        let keys = set.keys.prefix(Limits.issuerKeys).compactMap(\.key)
        return keys.isEmpty && !set.keys.isEmpty ? nil : keys
    }
}
