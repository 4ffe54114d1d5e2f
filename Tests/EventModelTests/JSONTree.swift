import TestSupport

/// A JSON document as a tree, which can be spelled in many ways that all mean the same.
indirect enum JSONTree {
    case object([(name: String, value: JSONTree)])
    case array([JSONTree])
    case string(String)
    /// The number is `digits` times ten to the power of `exponent`.
    case number(digits: Int, exponent: Int)
    case boolean(Bool)
    case null

    static func random(depth: Int, _ generator: inout SeededGenerator) -> JSONTree {
        switch Int.random(in: depth == 0 ? 2...5 : 0...5, using: &generator) {
        case 0: return randomObject(depth: depth, &generator)
        case 1:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in random(depth: depth - 1, &generator) }
            )
        case 2: return .string(randomText(&generator))
        case 3:
            return .number(
                digits: Int.random(in: -120...120, using: &generator),
                exponent: Int.random(in: -4...4, using: &generator)
            )
        case 4: return .boolean(Bool.random(using: &generator))
        default: return .null
        }
    }

    /// An object whose names all differ, so that its members may be shuffled.
    static func randomObject(depth: Int, _ generator: inout SeededGenerator) -> JSONTree {
        var names: [String] = []
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            let name = randomText(&generator)
            if !names.contains(where: { Array($0.utf8) == Array(name.utf8) }) { names.append(name) }
        }
        return .object(names.map { ($0, random(depth: depth - 1, &generator)) })
    }

    private static func randomText(_ generator: inout SeededGenerator) -> String {
        let pieces = ["a", "b", "name", "é", "e\u{301}", "€", "😀", "\n", "\"", "\\", "/", "\0", " ", "\u{7F}"]
        let count = Int.random(in: 0...4, using: &generator)
        return (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }

    // MARK: Spelling

    /// One of many spellings: members in any order, white space, escapes, forms of numbers.
    func spelled(_ generator: inout SeededGenerator) -> String {
        let space = ["", "", " ", "\n\t", "\r "].randomElement(using: &generator) ?? ""
        switch self {
        case .object(let members):
            let spelled = members.shuffled(using: &generator).map { member in
                "\(space)\(JSONTree.spell(member.name, &generator))\(space):\(member.value.spelled(&generator))"
            }
            return "{\(spelled.joined(separator: ","))\(space)}"
        case .array(let elements):
            let spelled = elements.map { $0.spelled(&generator) }
            return "[\(space)\(spelled.joined(separator: "\(space),\(space)"))]"
        case .string(let text): return JSONTree.spell(text, &generator)
        case .number(let digits, let exponent): return JSONTree.spell(digits, exponent, &generator)
        case .boolean(let value): return value ? "true" : "false"
        case .null: return "null"
        }
    }

    private static func spell(_ text: String, _ generator: inout SeededGenerator) -> String {
        let scalars = text.unicodeScalars.map { scalar -> String in
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if !mustEscape, Int.random(in: 0...2, using: &generator) > 0 { return String(scalar) }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
        return "\"\(scalars.joined())\""
    }

    private static func spell(_ digits: Int, _ exponent: Int, _ generator: inout SeededGenerator) -> String {
        let zeros = Int.random(in: 0...3, using: &generator)
        var magnitude = String(digits.magnitude)
        if digits != 0 { magnitude += String(repeating: "0", count: zeros) }
        var power = digits == 0 ? Int.random(in: -9...9, using: &generator) : exponent - zeros
        // The decimal point may come after any digit but the last.
        if magnitude.count > 1, Bool.random(using: &generator) {
            let fraction = Int.random(in: 1..<magnitude.count, using: &generator)
            magnitude = "\(magnitude.dropLast(fraction)).\(magnitude.suffix(fraction))"
            power += fraction
        }
        let sign = digits < 0 || (digits == 0 && Bool.random(using: &generator)) ? "-" : ""
        if power == 0, Bool.random(using: &generator) { return sign + magnitude }
        let mark = ["e", "E"].randomElement(using: &generator) ?? "e"
        let plus = power >= 0 && Bool.random(using: &generator) ? "+" : ""
        return "\(sign)\(magnitude)\(mark)\(plus)\(power)"
    }

    // MARK: Changing one leaf

    /// How many leaves there are: strings, numbers, words, names, and empty containers.
    var leafCount: Int {
        switch self {
        case .object(let members): members.isEmpty ? 1 : members.reduce(0) { $0 + 1 + $1.value.leafCount }
        case .array(let elements): elements.isEmpty ? 1 : elements.reduce(0) { $0 + $1.leafCount }
        default: 1
        }
    }

    /// The same tree with one leaf changed to another meaning.
    func changing(leaf index: Int) -> JSONTree {
        switch self {
        case .object(var members) where !members.isEmpty:
            var rest = index
            for position in members.indices {
                if rest == 0 {
                    members[position].name += "\u{1}"
                    return .object(members)
                }
                rest -= 1
                let count = members[position].value.leafCount
                if rest < count {
                    members[position].value = members[position].value.changing(leaf: rest)
                    return .object(members)
                }
                rest -= count
            }
            preconditionFailure("there are fewer leaves than \(index)")
        case .array(var elements) where !elements.isEmpty:
            var rest = index
            for position in elements.indices {
                let count = elements[position].leafCount
                if rest < count {
                    elements[position] = elements[position].changing(leaf: rest)
                    return .array(elements)
                }
                rest -= count
            }
            preconditionFailure("there are fewer leaves than \(index)")
        case .object: return .array([])
        case .array: return .null
        case .string(let text): return .string(text + "x")
        case .number(let digits, let exponent): return .number(digits: digits + 1, exponent: exponent)
        case .boolean(let value): return .boolean(!value)
        case .null: return .string("null")
        }
    }
}
