/// A phone number in E.164 form: `+`, then 2 to 15 digits that do not start with 0.
public struct PhoneNumber: Sendable, Hashable {
    /// The number with its `+`, ASCII only.
    public let number: String

    /// Checks a number against `^\+[1-9][0-9]{1,14}$`.
    ///
    /// - Throws: ``InvalidValue`` on the field `phone`.
    public init(_ number: String) throws(InvalidValue) {
        let bytes = Array(number.utf8)
        let digits = bytes.dropFirst()
        let isValid =
            bytes.first == UInt8(ascii: "+")
            && (2...Limits.phoneDigits).contains(digits.count)
            && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isValid else {
            throw InvalidValue(
                field: "phone",
                message: "must be an E.164 number: \"+\", country code and number, 2 to 15 digits"
            )
        }
        self.number = number
    }

    /// Lends the number's bytes.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var number = number
        return number.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    /// Creates a number from a stored one, which was checked when it was stored.
    package init(stored number: String) {
        self.number = number
    }
}

extension PhoneNumber: CustomStringConvertible {
    /// The number with its `+`.
    public var description: String { number }
}
