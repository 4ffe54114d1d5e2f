import Foundation

/// What Foundation makes of a text, compared with the reference.
///
/// Foundation accepts some texts that RFC 8259 does not allow (a comma before a closing bracket, other encodings than
/// UTF-8, a byte-order mark). It refuses some that are allowed (a lone surrogate, a number beyond a Double, nesting
/// deeper than 512), and it drops U+FEFF from strings. These are left out, and nothing else is.
enum FoundationJSON {
    /// - Parameter node: The reference's result for the text; nil if it was refused.
    static func check(_ bytes: [UInt8], against node: ReferenceNode?) throws(Finding) {
        let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        guard let node else {
            try expect(value == nil || mayOnlyFoundationTake(bytes), "Foundation takes what was refused")
            return
        }
        guard isWithinFoundation(node) else { return }
        guard let value else { throw Finding("Foundation refuses what was taken") }
        try compare(value, node)
    }

    private static func mayOnlyFoundationTake(_ bytes: [UInt8]) -> Bool {
        if bytes.contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return true }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) { return true }
        var isAfterComma = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: ","): isAfterComma = true
            case 0x20, 0x09, 0x0A, 0x0D: break
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if isAfterComma { return true }
            default: isAfterComma = false
            }
        }
        return false
    }

    private static func isWithinFoundation(_ node: ReferenceNode) -> Bool {
        switch node.content {
        case .string(let units): isWithinFoundation(units)
        case .number(let spelling): isWithinDouble(spelling)
        case .object(let members):
            members.allSatisfy { isWithinFoundation($0.name) && isWithinFoundation($0.value) }
        case .array(let elements): elements.allSatisfy(isWithinFoundation)
        default: true
        }
    }

    private static func isWithinFoundation(_ units: [UInt16]) -> Bool {
        !units.contains(0xFEFF) && String(validating: units, as: UTF16.self) != nil
    }

    private static func isWithinDouble(_ spelling: [UInt8]) -> Bool {
        guard let number = ReferenceNumber(spelling) else { return false }
        guard let value = Double(String(decoding: spelling, as: UTF8.self)) else { return false }
        return number.digits.isEmpty || value.isNormal
    }

    private static func compare(_ value: Any, _ node: ReferenceNode) throws(Finding) {
        switch node.content {
        case .object(let members):
            guard let object = value as? [String: Any] else { throw Finding("Foundation sees no object") }
            // Foundation keeps one value for each name, and treats names as one if Unicode considers them equivalent.
            let names = Set(members.map { String(decoding: $0.name, as: UTF16.self) })
            try expectSame(object.count, names.count, "Foundation's members")
            guard names.count == members.count else { return }
            for (name, member) in members {
                guard let value = object[String(decoding: name, as: UTF16.self)] else {
                    throw Finding("Foundation lacks a member")
                }
                try compare(value, member)
            }
        case .array(let elements):
            guard let array = value as? [Any] else { throw Finding("Foundation sees no array") }
            try expectSame(array.count, elements.count, "Foundation's elements")
            for (value, element) in zip(array, elements) { try compare(value, element) }
        case .string(let units):
            guard let string = value as? String else { throw Finding("Foundation sees no string") }
            try expectSame(Array(string.utf16), units, "Foundation's string")
        case .number(let spelling):
            guard let number = value as? NSNumber else { throw Finding("Foundation sees no number") }
            let wanted = Double(String(decoding: spelling, as: UTF8.self)) ?? .nan
            // Foundation does not always find the Double nearest to a long number.
            let isSame = abs(number.doubleValue - wanted) <= 100 * wanted.ulp
            try expect(isSame, "Foundation's number: \(number.doubleValue), and should be \(wanted)")
        case .boolean(let boolean):
            guard let number = value as? NSNumber else { throw Finding("Foundation sees no boolean") }
            try expectSame(number.boolValue, boolean, "Foundation's boolean")
        case .null: try expect(value is NSNull, "Foundation sees no null")
        }
    }
}
