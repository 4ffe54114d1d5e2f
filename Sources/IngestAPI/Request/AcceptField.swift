/// The rules of `Accept` and `Prefer`.
extension RequestHead {
    /// Whether a client accepts JSON, by its `Accept` (RFC 9110, section 12.5.1). The most specific range that includes
    /// `application/json` decides; parameters of a range other than its weight are ignored. A value that is not a list
    /// of ranges excludes nothing.
    package static func acceptsJSON(_ field: FieldValue) -> Bool {
        guard case .once(let value) = field, value != "*/*", value != jsonType else { return true }
        var weights: [Substring: Bool] = [:]
        for element in elements(value) {
            let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            let range = parts[0].trimmingWhiteSpace.lowercased()
            guard range.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 1 else { return true }
            guard let isTaken = isTaken(parts.dropFirst()) else { return true }
            weights[Substring(range), default: false] = weights[Substring(range)] == true || isTaken
        }
        return weights["application/json"] ?? weights["application/*"] ?? weights["*/*"] ?? weights.isEmpty
    }

    /// Whether a range with these parameters has a weight other than 0; nil if the weight is malformed.
    private static func isTaken(_ parameters: ArraySlice<Substring.UTF8View>) -> Bool? {
        for parameter in parameters.map(\.trimmingWhiteSpace) {
            guard parameter.utf8.starts(with: "q=".utf8) || parameter.utf8.starts(with: "Q=".utf8) else { continue }
            let weight = parameter.dropFirst(2).utf8
            guard
                (1...5).contains(weight.count), weight.first == 0x30 || weight.first == 0x31,
                weight.count == 1 || weight.dropFirst().first == UInt8(ascii: "."),
                weight.dropFirst(2).allSatisfy({ (0x30...0x39).contains($0) })
            else { return nil }
            return weight.contains { (0x31...0x39).contains($0) }
        }
        return true
    }

    /// Whether a client asks for the timing of its request: `Prefer: server-timing` (RFC 7240).
    package static func prefersTiming(_ field: FieldValue) -> Bool {
        guard case .once(let value) = field else { return false }
        return elements(value).contains { element in
            let name = element.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "=") }
            return name.trimmingWhiteSpace.lowercased() == "server-timing"
        }
    }

    /// The elements of a list, without empty ones, split at the commas outside quoted strings.
    private static func elements(_ list: String) -> [Substring.UTF8View] {
        var isQuoted = false
        var isEscaped = false
        return list[...].utf8.split { byte in
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isQuoted: isEscaped = true
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ","): return !isQuoted
            default: break
            }
            return false
        }.filter { element in element.contains { $0 != 0x20 && $0 != 0x09 } }
    }
}
