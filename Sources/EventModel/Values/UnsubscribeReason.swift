/// Why a contact was unsubscribed, in somebody's own words: 1 to 500 characters. The only control characters allowed
/// are line breaks and tabs.
public struct UnsubscribeReason: Sendable, Hashable {
    /// The reason.
    public let text: String

    /// Checks a reason.
    ///
    /// - Throws: ``InvalidValue`` on the field `reason`.
    public init(_ text: String) throws(InvalidValue) {
        guard (1...Limits.unsubscribeReasonCharacters).contains(text.unicodeScalars.count) else {
            throw InvalidValue(
                field: "reason",
                message: "must have 1 to \(Limits.unsubscribeReasonCharacters) characters"
            )
        }
        let isText = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || scalar == "\n" || scalar == "\r" || scalar == "\t"
        }
        guard isText else {
            throw InvalidValue(
                field: "reason",
                message: "must not hold control characters other than line breaks and tabs"
            )
        }
        self.text = text
    }

    /// Creates a reason from a stored one, which was checked when it was stored.
    package init(stored text: String) {
        self.text = text
    }
}

extension UnsubscribeReason: CustomStringConvertible {
    /// The reason.
    public var description: String { text }
}
