/// The meaning of a JSON value, for comparing two values: it does not depend on the order of members or the spelling of
/// strings and numbers.
indirect enum ReferenceMeaning: Hashable {
    /// The values of each name, in order.
    case object([[UInt16]: [ReferenceMeaning]])
    case array([ReferenceMeaning])
    case string([UInt16])
    case number(ReferenceNumber)
    case boolean(Bool)
    case null

    /// Nil if a number in it is beyond what is calculated here.
    init?(_ node: ReferenceNode) {
        switch node.content {
        case .object(let members):
            var meanings: [[UInt16]: [ReferenceMeaning]] = [:]
            for (name, value) in members {
                guard let meaning = ReferenceMeaning(value) else { return nil }
                meanings[name, default: []].append(meaning)
            }
            self = .object(meanings)
        case .array(let elements):
            var meanings: [ReferenceMeaning] = []
            for element in elements {
                guard let meaning = ReferenceMeaning(element) else { return nil }
                meanings.append(meaning)
            }
            self = .array(meanings)
        case .string(let units): self = .string(units)
        case .number(let spelling):
            guard let number = ReferenceNumber(spelling) else { return nil }
            self = .number(number)
        case .boolean(let value): self = .boolean(value)
        case .null: self = .null
        }
    }
}

/// A decimal number: its digits, with no zero at either end, times a power of ten.
struct ReferenceNumber: Hashable {
    var isNegative: Bool
    /// From 0 to 9 each; empty for zero.
    var digits: [UInt8]
    var exponent: Int128

    /// Parses a number in JSON's spelling; nil if its exponent has more than 36 digits.
    init?(_ spelling: [UInt8]) {
        let parts = spelling.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == 0x65 || $0 == 0x45 }
        var mantissa = parts[0]
        isNegative = mantissa.first == UInt8(ascii: "-")
        if isNegative { mantissa = mantissa.dropFirst() }
        let pieces = mantissa.split(separator: UInt8(ascii: "."))
        digits = pieces.joined().map { $0 - UInt8(ascii: "0") }
        exponent = 0
        if parts.count == 2 {
            guard parts[1].count <= 36, let given = Int128(String(decoding: parts[1], as: UTF8.self)) else {
                return nil
            }
            exponent = given
        }
        if pieces.count == 2 { exponent -= Int128(pieces[1].count) }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        while digits.first == 0 { digits.removeFirst() }
        if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }
}
