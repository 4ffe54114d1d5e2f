/// Reads `Forwarded` and `X-Forwarded-For` from the right, one hop at a time.
///
/// So nothing that a client has put further left, such as an unclosed quote, can hide what a proxy has added.
enum ForwardedField {
    /// The addresses of `X-Forwarded-For`, the last one first; nil for one that cannot be read.
    static func hops(ofForwardedFor lines: [String]) -> some Sequence<IPAddress?> {
        elements(lines) { _ in false }.map { address(ofNode: $0) }
    }

    /// The addresses of the `for` parameters of `Forwarded`, the last one first; nil for one that cannot be read.
    static func hops(_ lines: [String]) -> some Sequence<IPAddress?> {
        elements(lines) { $0 == UInt8(ascii: "\"") }.map { address(ofElement: $0) }
    }

    /// The elements of a list, the last one first. Empty elements do not count (RFC 9110, section 5.6.1).
    private static func elements(
        _ lines: [String],
        isQuote: @escaping (UInt8) -> Bool
    ) -> LazySequence<UnfoldSequence<ArraySlice<UInt8>, ArraySlice<UInt8>>> {
        sequence(state: Array(lines.joined(separator: ",").utf8)[...]) { rest -> ArraySlice<UInt8>? in
            while !rest.isEmpty {
                let start = startOfLastElement(rest, isQuote)
                let element = trimmed(rest[start...])
                rest = rest[..<max(rest.startIndex, start - 1)]
                if !element.isEmpty { return element }
            }
            return nil
        }.lazy
    }

    /// Where the last element begins: after the last comma outside quoted strings.
    private static func startOfLastElement(_ list: ArraySlice<UInt8>, _ isQuote: (UInt8) -> Bool) -> Int {
        var isQuoted = false
        var index = list.endIndex
        while index > list.startIndex {
            let byte = list[index - 1]
            if byte == UInt8(ascii: ","), !isQuoted { return index }
            index -= 1
            guard isQuote(byte) else { continue }
            // After an odd number of backslashes, a quote is a character of the string.
            let backslashes = list[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            if !isQuoted || backslashes.isMultiple(of: 2) { isQuoted.toggle() }
        }
        return list.startIndex
    }

    /// The address of the one `for` of an element (RFC 7239, section 4).
    private static func address(ofElement element: ArraySlice<UInt8>) -> IPAddress? {
        var found: IPAddress?
        var rest = element
        var hasNode = false
        while !rest.isEmpty {
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            rest = rest[name.endIndex...]
            guard rest.first == UInt8(ascii: "=") else { return nil }
            rest = rest.dropFirst()
            guard let value = takeValue(&rest) else { return nil }
            if String(decoding: trimmed(name), as: UTF8.self).lowercased() == "for" {
                guard !hasNode else { return nil }
                hasNode = true
                found = address(ofNode: value[...])
            }
        }
        return found
    }

    /// Takes a token or a quoted string, and the semicolon after it; nil if it is neither.
    private static func takeValue(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        var value: [UInt8] = []
        if rest.first == UInt8(ascii: "\"") {
            rest = rest.dropFirst()
            while true {
                guard let byte = rest.popFirst() else { return nil }
                if byte == UInt8(ascii: "\"") { break }
                if byte != UInt8(ascii: "\\") {
                    value.append(byte)
                } else if let escaped = rest.popFirst() {
                    value.append(escaped)
                }
            }
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
        } else {
            value = Array(trimmed(rest.prefix { $0 != UInt8(ascii: ";") }))
            rest = rest.drop { $0 != UInt8(ascii: ";") }
        }
        guard rest.isEmpty || rest.popFirst() == UInt8(ascii: ";") else { return nil }
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
        return value
    }

    /// The address of a node (RFC 7239, section 6), with or without a port; nil for `unknown` and for a name that hides
    /// it.
    ///
    /// An IPv6 address is also read without brackets, as many proxies write it in `X-Forwarded-For`.
    private static func address(ofNode node: ArraySlice<UInt8>) -> IPAddress? {
        let colon = UInt8(ascii: ":")
        if node.first == UInt8(ascii: "[") {
            guard let end = node.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let port = node[(end + 1)...]
            guard port.isEmpty || port.first == colon else { return nil }
            return IPAddress(String(decoding: node[(node.startIndex + 1)..<end], as: UTF8.self))
        }
        let hasPort = node.count(where: { $0 == colon }) == 1
        return IPAddress(String(decoding: hasPort ? node.prefix { $0 != colon } : node, as: UTF8.self))
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop { $0 == 0x20 || $0 == 0x09 }
        while text.last == 0x20 || text.last == 0x09 { text = text.dropLast() }
        return text
    }
}
