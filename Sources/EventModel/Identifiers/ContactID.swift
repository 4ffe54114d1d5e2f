/// The public id of a contact: `cus_` and 16 characters of `[a-z0-9]`.
///
/// Like an ``EventID``, it is a keyed permutation of the contact's position: 82 bits, written in base 36.
public struct ContactID: Sendable, Hashable {
    /// The id's value, below 36 to the power of 16.
    public let rawValue: UInt128

    private static let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    private static let prefix = Array("cus_".utf8)

    /// Creates an id from its value.
    ///
    /// - Precondition: `rawValue` fits in 82 bits, which 16 digits of base 36 always hold.
    package init(rawValue: UInt128) {
        precondition(rawValue &>> 82 == 0, "a contact id has 82 bits")
        self.rawValue = rawValue
    }

    /// Reads an id; nil unless `text` is `cus_` and 16 characters of `[a-z0-9]`.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 20, text.utf8.starts(with: Self.prefix) else { return nil }
        var value: UInt128 = 0
        for byte in text.utf8.dropFirst(4) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value * 36 + UInt128(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = value * 36 + UInt128(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        self.rawValue = value
    }
}

extension ContactID: CustomStringConvertible {
    /// The id as `cus_` and 16 characters.
    public var description: String {
        var digits: [UInt8] = []
        var rest = rawValue
        for _ in 0..<16 {
            digits.append(Self.digits[Int(rest % 36)])
            rest /= 36
        }
        return "cus_" + String(decoding: digits.reversed(), as: UTF8.self)
    }
}
