// How the values of a contact are sent to the process that holds the store: as text. The receiver checks the text
// again, because the store relies on values having been checked when they were made.

private func read<Value>(
    _ decoder: any Decoder,
    _ make: (String) throws(InvalidValue) -> Value
) throws -> Value {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(InvalidValue) {
        return try make(text)
    } catch {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
    }
}

private func write(_ text: String, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
}

extension EmailAddress: Codable {
    /// Reads an address, and checks it.
    public init(from decoder: any Decoder) throws {
        self = try read(decoder) { text throws(InvalidValue) in try EmailAddress(text) }
    }

    /// Writes the address as text.
    public func encode(to encoder: any Encoder) throws { try write(address, to: encoder) }
}

extension PhoneNumber: Codable {
    /// Reads a number, and checks it.
    public init(from decoder: any Decoder) throws {
        self = try read(decoder) { text throws(InvalidValue) in try PhoneNumber(text) }
    }

    /// Writes the number as text.
    public func encode(to encoder: any Encoder) throws { try write(number, to: encoder) }
}

extension ContactID: Codable {
    /// Reads an id, and checks it.
    public init(from decoder: any Decoder) throws {
        self = try read(decoder) { text throws(InvalidValue) in
            guard let id = ContactID(text) else {
                throw InvalidValue(field: "id", message: "is not a valid contact id")
            }
            return id
        }
    }

    /// Writes the id as text.
    public func encode(to encoder: any Encoder) throws { try write(description, to: encoder) }
}

extension ContactName: Codable {
    /// Reads a name, and checks it.
    public init(from decoder: any Decoder) throws {
        self = try read(decoder) { text throws(InvalidValue) in try ContactName(text) }
    }

    /// Writes the name as text.
    public func encode(to encoder: any Encoder) throws { try write(text, to: encoder) }
}

extension UnsubscribeReason: Codable {
    /// Reads a reason, and checks it.
    public init(from decoder: any Decoder) throws {
        self = try read(decoder) { text throws(InvalidValue) in try UnsubscribeReason(text) }
    }

    /// Writes the reason as text.
    public func encode(to encoder: any Encoder) throws { try write(text, to: encoder) }
}

extension ContactTags: Codable {
    /// Reads tags, and checks them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let tags = try container.decode([String].self)
        do throws(InvalidValue) {
            self = try ContactTags(tags)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    /// Writes the tags as an array of texts.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(tags)
    }
}

extension CustomFields: Codable {
    /// Reads fields, and checks them.
    public init(from decoder: any Decoder) throws {
        self = try read(decoder) { text throws(InvalidValue) in try CustomFields(text) }
    }

    /// Writes the fields as text that is JSON.
    public func encode(to encoder: any Encoder) throws { try write(description, to: encoder) }
}
