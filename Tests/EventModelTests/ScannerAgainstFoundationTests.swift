import EventModel
import Foundation
import TestSupport
import Testing

/// The scanner and Foundation's parser must agree on random documents, most of which are slightly damaged.
///
/// Foundation is laxer or stricter than RFC 8259 in a few places. Documents of those kinds are left out: see
/// ``isComparable(_:)``.
@Suite("The JSON scanner and Foundation")
struct ScannerAgainstFoundationTests {
    @Test("agree on random documents", arguments: SeededGenerator.seeds(4))
    func agree(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        var refused = 0
        for _ in 0..<5_000 {
            var document = Array(document(depth: 3, &generator).utf8)
            for _ in 0..<Int.random(in: 0...2, using: &generator) { damage(&document, &generator) }
            guard isComparable(document) else { continue }
            let isJSON = (try? scan(document)) != nil
            let foundation = try? JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)
            #expect(isJSON == (foundation != nil), "\(String(decoding: document, as: UTF8.self)), bytes \(document)")
            if isJSON { accepted += 1 } else { refused += 1 }
        }
        // A comparison that sees only one of the two outcomes proves nothing.
        #expect(accepted > 500 && refused > 500)
    }

    /// Foundation detects other encodings than UTF-8 (zero bytes, byte-order marks), accepts a comma before a closing
    /// bracket, and refuses lone surrogates and numbers outside a Double's range.
    private func isComparable(_ document: [UInt8]) -> Bool {
        let text = String(decoding: document, as: UTF8.self).lowercased()
        return !document.contains(0) && !document.contains(0xFE) && !document.contains(0xFF)
            && !text.contains("\u{FEFF}") && !text.contains("\\ud")
            && text.ranges(of: /e[+-]?[0-9]{3}/).isEmpty && text.ranges(of: /,[ \t\r\n]*[}\]]/).isEmpty
    }

    private func document(depth: Int, _ generator: inout SeededGenerator) -> String {
        let space = ["", "", " ", "\n\t"].randomElement(using: &generator) ?? ""
        switch Int.random(in: depth == 0 ? 2...6 : 0...6, using: &generator) {
        case 0:
            let members = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                "\(string(&generator))\(space):\(document(depth: depth - 1, &generator))"
            }
            return "{\(space)\(members.joined(separator: ","))\(space)}"
        case 1:
            let elements = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                document(depth: depth - 1, &generator)
            }
            return "[\(space)\(elements.joined(separator: "\(space),"))]"
        case 2: return string(&generator)
        case 3: return ["true", "false", "null"].randomElement(using: &generator) ?? "null"
        default: return number(&generator)
        }
    }

    private func string(_ generator: inout SeededGenerator) -> String {
        let pieces = [
            "a", "name", "é", "€", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", " ", "}", "]", ",",
        ]
        let count = Int.random(in: 0...4, using: &generator)
        return "\"" + (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined() + "\""
    }

    private func number(_ generator: inout SeededGenerator) -> String {
        let numbers = ["0", "-0", "1", "12", "-3.25", "1e5", "1E+05", "0.1e-2", "123456789", "-7"]
        return numbers.randomElement(using: &generator) ?? "0"
    }

    /// Changes, drops, repeats or inserts one byte.
    private func damage(_ document: inout [UInt8], _ generator: inout SeededGenerator) {
        guard let position = document.indices.randomElement(using: &generator) else { return }
        let interesting = Array("{}[],:\"\\0123456789.eE+-tfnul \t\n/'xu\u{1F}\u{7F}".utf8) + [0x80, 0xC3, 0xED, 0xF4]
        let byte =
            Bool.random(using: &generator)
            ? interesting.randomElement(using: &generator) ?? 0 : UInt8.random(in: .min ... .max, using: &generator)
        switch Int.random(in: 0...3, using: &generator) {
        case 0: document[position] = byte
        case 1: document.remove(at: position)
        case 2: document.insert(document[position], at: position)
        default: document.insert(byte, at: position)
        }
    }
}
