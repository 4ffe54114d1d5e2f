/// What else is known of a contact: a flat JSON object of strings, numbers, booleans and nulls, at most 100 of them.
///
/// Names and values keep their spelling; white space between them is dropped.
public struct CustomFields: Sendable, Hashable {
    /// The object, without white space.
    public let utf8: [UInt8]

    /// No fields.
    public static let none = CustomFields(stored: Array("{}".utf8))

    /// Checks an object. Each name occurs once and has 1 to 128 characters without control characters. No value is an
    /// object or an array, and a string or a number has at most 1,000 characters. The whole has at most 32,768 bytes.
    ///
    /// - Throws: ``InvalidValue`` on the field `custom_fields`.
    public init(_ json: String) throws(InvalidValue) {
        try self.init(utf8: Array(json.utf8))
    }

    /// Checks an object that is given as UTF-8.
    ///
    /// - Throws: ``InvalidValue`` on the field `custom_fields`.
    public init(utf8 bytes: [UInt8]) throws(InvalidValue) {
        // Typed throws do not go through the buffer.
        let result = bytes.withUnsafeBufferPointer { bytes -> Result<CustomFields, InvalidValue> in
            do throws(JSONFault) {
                var scanner = JSONScanner(bytes)
                let value = try scanner.onlyValue()
                return Result { () throws(InvalidValue) in try CustomFields(value, of: bytes) }
            } catch {
                return .failure(InvalidValue(field: "custom_fields", message: error.message))
            }
        }
        self = try result.get()
    }

    /// Checks a value that a scanner returned.
    package init(_ value: JSONScanner.Value, of bytes: UnsafeBufferPointer<UInt8>) throws(InvalidValue) {
        guard value.kind == .object else { throw CustomFields.fault("must be a flat JSON object") }
        var fields = FlatObject()
        do throws(JSONFault) {
            try fields.read(UnsafeBufferPointer(rebasing: bytes[value.range]))
        } catch {
            throw CustomFields.fault(error.message)
        }
        if let message = fields.fault { throw CustomFields.fault(message) }
        utf8 = fields.utf8
    }

    /// Creates fields from a stored object, which was checked when it was stored.
    package init(stored utf8: [UInt8]) {
        self.utf8 = utf8
    }

    private static func fault(_ message: String) -> InvalidValue {
        InvalidValue(field: "custom_fields", message: message)
    }
}

extension CustomFields: CustomStringConvertible {
    /// The fields as JSON.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}

/// Copies an object's members one by one, and notes the first rule that one of them breaks.
private struct FlatObject {
    private(set) var utf8: [UInt8] = [UInt8(ascii: "{")]
    private(set) var fault: String?
    private var names: Set<[UInt8]> = []

    mutating func read(_ object: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        var scanner = JSONScanner(object)
        try scanner.members { (scanner: inout JSONScanner, name: JSONScanner.Text) throws(JSONFault) in
            let value = try scanner.value()
            if fault == nil { add(name, value, scanner) }
        }
        utf8.append(UInt8(ascii: "}"))
        if fault == nil, utf8.count > Limits.customFieldsBytes {
            fault = "must have at most \(Limits.customFieldsBytes) bytes"
        }
    }

    private mutating func add(_ name: JSONScanner.Text, _ value: JSONScanner.Value, _ scanner: JSONScanner) {
        fault = faultOfName(name, scanner) ?? FlatObject.fault(of: value, scanner)
        if fault != nil { return }
        guard names.count <= Limits.customFields else {
            fault = "must have at most \(Limits.customFields) members"
            return
        }
        if utf8.count > 1 { utf8.append(UInt8(ascii: ",")) }
        // The quotes stand just outside the range, and are copied too.
        utf8 += scanner.bytes[(name.range.lowerBound - 1)...name.range.upperBound]
        utf8.append(UInt8(ascii: ":"))
        utf8 += scanner.bytes[value.range]
    }

    private mutating func faultOfName(_ name: JSONScanner.Text, _ scanner: JSONScanner) -> String? {
        guard
            let text = scanner.string(of: name),
            (1...Limits.nameCharacters).contains(text.unicodeScalars.count), !text.holdsControlCharacters
        else { return "must have names of 1 to \(Limits.nameCharacters) characters without control characters" }
        guard names.insert(Array(text.utf8)).inserted else { return "must have each name once only" }
        return nil
    }

    private static func fault(of value: JSONScanner.Value, _ scanner: JSONScanner) -> String? {
        switch value.kind {
        case .object, .array:
            return "must be flat: no objects and no arrays as values"
        case .string:
            guard let text = value.text, let string = scanner.string(of: text) else {
                return "must not contain an unpaired surrogate"
            }
            guard string.unicodeScalars.count <= Limits.customFieldCharacters else {
                return "must have values of at most \(Limits.customFieldCharacters) characters"
            }
            return nil
        case .number:
            guard value.range.count <= Limits.customFieldCharacters else {
                return "must have values of at most \(Limits.customFieldCharacters) characters"
            }
            return nil
        case .boolean, .null:
            return nil
        }
    }
}
