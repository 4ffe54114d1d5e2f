import TestSupport

/// Spells a value in another way with the same meaning: members in another order, other white space, other escapes,
/// other forms of numbers.
struct Respelling {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func spell(_ node: ReferenceNode) -> String {
        switch node.content {
        case .object(let members):
            let spelled = shuffled(members).map { member in
                "\(space())\(spell(member.name))\(space()):\(space())\(spell(member.value))"
            }
            return "{\(spelled.joined(separator: ","))\(space())}"
        case .array(let elements):
            return "[\(space())\(elements.map { spell($0) }.joined(separator: "\(space()),"))\(space())]"
        case .string(let units): return spell(units)
        case .number(let spelling): return spell(spelling)
        case .boolean(let value): return "\(value)"
        case .null: return "null"
        }
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n", "\t\r "].randomElement(using: &generator) ?? ""
    }

    /// In another order, in which members with the same name keep their relative order.
    private mutating func shuffled(
        _ members: [(name: [UInt16], value: ReferenceNode)]
    ) -> [(name: [UInt16], value: ReferenceNode)] {
        var values: [[UInt16]: [ReferenceNode]] = [:]
        for (name, value) in members { values[name, default: []].append(value) }
        return members.shuffled(using: &generator).map { member in
            (member.name, values[member.name]?.removeFirst() ?? member.value)
        }
    }

    private mutating func spell(_ units: [UInt16]) -> String {
        var text = "\""
        // Each scalar, or a lone surrogate.
        var rest = units[...]
        while let unit = rest.first {
            let isPair = UTF16.isLeadSurrogate(unit) && rest.dropFirst().first.map(UTF16.isTrailSurrogate) == true
            let piece = rest.prefix(isPair ? 2 : 1)
            rest = rest.dropFirst(piece.count)
            let mustEscape = unit < 0x20 || unit == 0x22 || unit == 0x5C || (UTF16.isSurrogate(unit) && !isPair)
            if mustEscape || Bool.random(using: &generator) {
                for unit in piece { text += escape(unit) }
            } else {
                text += String(decoding: piece, as: UTF16.self)
            }
        }
        return text + "\""
    }

    private mutating func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    private mutating func spell(_ spelling: [UInt8]) -> String {
        guard let number = ReferenceNumber(spelling) else { return String(decoding: spelling, as: UTF8.self) }
        if number.digits.isEmpty { return ["0", "-0", "0.00", "-0e7", "0E-3"].randomElement(using: &generator) ?? "0" }
        let zeros = Int.random(in: 0...3, using: &generator)
        let digits = number.digits + Array(repeating: 0, count: zeros)
        // The decimal point comes after any of the digits.
        let whole = Int.random(in: 1...digits.count, using: &generator)
        let exponent = number.exponent - Int128(zeros) + Int128(digits.count - whole)
        var text = number.isNegative ? "-" : ""
        text += digits[..<whole].map(String.init).joined()
        if whole < digits.count { text += "." + digits[whole...].map(String.init).joined() }
        if exponent == 0, Bool.random(using: &generator) { return text }
        let mark = ["e", "E"].randomElement(using: &generator) ?? "e"
        let sign = exponent < 0 ? "-" : ["", "+", "+000"].randomElement(using: &generator) ?? ""
        return text + mark + sign + String(exponent.magnitude)
    }
}

/// A number made from an input's bytes, for choices that the input itself should determine (FNV-1a).
func seed(of bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
