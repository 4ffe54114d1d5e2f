import Foundation

/// A JWT in its compact form (RFC 7515, section 7.1), taken apart and not checked yet.
///
/// It is not read by the JWT library: that one converts every number of a header to an integer, so whoever sends a
/// header with a large number ends the process.
struct CompactToken: Sendable {
    /// What says how a token was signed.
    struct Header: Decodable, Sendable, Hashable {
        var alg: String
        var typ: String?
        var kid: String?
        /// Extensions that a reader has to understand (RFC 7515, section 4.1.11). None is understood here.
        var crit: [String]?
    }

    let header: Header
    /// The JSON of the claims.
    let claims: Data
    let signature: Data
    /// What was signed: the first two parts, as they came.
    let signedBytes: Data

    /// Takes a token apart; nil if it has another form, or requires an extension.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard
            parts.count == 3,
            let headerJSON = Data(base64URL: parts[0]),
            let claims = Data(base64URL: parts[1]),
            let signature = Data(base64URL: parts[2]),
            let header = try? JSONDecoder().decode(Header.self, from: headerJSON), header.crit == nil
        else { return nil }
        self.header = header
        self.claims = claims
        self.signature = signature
        self.signedBytes = Data(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }
}

extension Data {
    /// Decodes base64url without padding (RFC 7515, section 2); nil if the text is something else.
    init?(base64URL text: some Collection<UInt8>) {
        var base64: [UInt8] = []
        base64.reserveCapacity(text.count + 2)
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): base64.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): base64.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: base64.append(byte)
            }
        }
        while base64.count % 4 != 0 { base64.append(UInt8(ascii: "=")) }
        self.init(base64Encoded: Data(base64))
    }
}
