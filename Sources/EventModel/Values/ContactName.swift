/// A contact's first or last name: 1 to 128 characters, none of them a control character.
public struct ContactName: Sendable, Hashable {
    /// The name.
    public let text: String

    /// Checks a name.
    ///
    /// - Parameter field: The name of the member that holds it, for a fault.
    /// - Throws: ``InvalidValue`` on that field.
    public init(_ text: String, field: String = "first_name") throws(InvalidValue) {
        let count = text.unicodeScalars.count
        guard (1...Limits.nameCharacters).contains(count) else {
            throw InvalidValue(field: field, message: "must have 1 to \(Limits.nameCharacters) characters")
        }
        guard !text.holdsControlCharacters else {
            throw InvalidValue(field: field, message: "must not hold control characters")
        }
        self.text = text
    }
}

extension ContactName: CustomStringConvertible {
    /// The name.
    public var description: String { text }
}

extension String {
    /// Whether the text holds a control character (U+0000 to U+001F and U+007F to U+009F).
    var holdsControlCharacters: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
