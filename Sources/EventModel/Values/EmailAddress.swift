/// An email address by the rule that browsers use for `<input type=email>`, of at most 254 bytes
/// (https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address).
public struct EmailAddress: Sendable, Hashable {
    /// The address as it was given, ASCII only.
    public let address: String

    /// Checks an address.
    ///
    /// - Throws: ``InvalidValue`` on the field `email`.
    public init(_ address: String) throws(InvalidValue) {
        guard address.utf8.count <= Limits.emailBytes else {
            throw InvalidValue(field: "email", message: "must have at most \(Limits.emailBytes) bytes")
        }
        var address = address
        guard address.withUTF8(EmailAddress.isValid) else {
            throw InvalidValue(field: "email", message: "must be an email address such as name@example.com")
        }
        self.address = address
    }

    /// Creates an address from a stored one, which was checked when it was stored.
    package init(stored address: String) {
        self.address = address
    }

    /// The address in ASCII lower case; two addresses that are equal in this form name the same contact.
    public var folded: String {
        withFoldedBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Lends the bytes of ``folded``.
    package func withFoldedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Limits.emailBytes) { buffer in
            var count = 0
            for byte in address.utf8.prefix(Limits.emailBytes) {
                buffer[count] = byte.isASCIIUpper ? byte | 0x20 : byte
                count += 1
            }
            return body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
        }
    }

    private static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return false }
        let local = bytes[..<at]
        guard !local.isEmpty, local.allSatisfy(isAllowedBeforeAt) else { return false }
        var domain = bytes[(at + 1)...]
        while let dot = domain.firstIndex(of: UInt8(ascii: ".")) {
            guard isLabel(domain[..<dot]) else { return false }
            domain = domain[(dot + 1)...]
        }
        return isLabel(domain)
    }

    private static func isAllowedBeforeAt(_ byte: UInt8) -> Bool {
        if byte.isASCIIAlphanumeric { return true }
        return switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A part of the domain: 1 to 63 letters, digits and hyphens, no hyphen at either end.
    private static func isLabel(_ label: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard (1...63).contains(label.count), let first = label.first, let last = label.last else { return false }
        return first.isASCIIAlphanumeric && last.isASCIIAlphanumeric
            && label.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
    }
}

extension EmailAddress: CustomStringConvertible {
    /// The address as it was given.
    public var description: String { address }
}
