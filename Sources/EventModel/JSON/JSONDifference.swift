/// Where two JSON values differ in meaning, as JSON pointers (RFC 6901).
///
/// It ignores what ``PayloadFingerprint`` ignores: the order of members, white space, and the spelling of characters
/// and numbers.
struct JSONDifference {
    /// A value as a tree. Whoever makes it checks first how deep it nests.
    private indirect enum Node: Equatable {
        /// A string, number, boolean or null, by its canonical bytes.
        case scalar([UInt8])
        case array([Node])
        /// The values of each name in their order; more than one if a name is repeated.
        case object([[UInt8]: [Node]])
    }

    private var pointers: [String] = []

    /// Compares two objects. Bytes that are not JSON, which a damaged file can hold, differ as a whole.
    ///
    /// - Parameters:
    ///   - prefix: The pointer to the objects themselves.
    ///   - limit: The most pointers to return. If there would be more, or if the objects together are larger than
    ///     ``Limits/differenceBytes``, the pointer to the objects themselves stands for all.
    static func pointers(from old: [UInt8], to new: [UInt8], at prefix: String, limit: Int) -> [String] {
        guard old.count + new.count <= Limits.differenceBytes else { return meanTheSame(old, new) ? [] : [prefix] }
        guard let old = read(old, node), let new = read(new, node) else { return [prefix] }
        var difference = JSONDifference()
        difference.compare(old, new, prefix)
        let pointers = Set(difference.pointers)
        return pointers.count > limit ? [prefix] : pointers.sorted()
    }

    private mutating func compare(_ old: Node, _ new: Node, _ pointer: String) {
        guard old != new else { return }
        switch (old, new) {
        case (.object(let old), .object(let new)):
            for name in Set(old.keys).union(new.keys) {
                compare(old[name] ?? [], new[name] ?? [], pointer, below: JSONDifference.token(name))
            }
        case (.array(let old), .array(let new)):
            for index in 0..<max(old.count, new.count) {
                compare(
                    Array(old.dropFirst(index).prefix(1)),
                    Array(new.dropFirst(index).prefix(1)),
                    pointer,
                    below: "\(index)"
                )
            }
        default:
            pointers.append(pointer)
        }
    }

    /// Compares what is found under one name or at one index: nothing, one value, or the values of a repeated name.
    private mutating func compare(_ old: [Node], _ new: [Node], _ parent: String, below token: String) {
        guard old != new else { return }
        let pointer = parent + "/" + token
        if pointer.utf8.count > Limits.pointerBytes {
            pointers.append(parent)
        } else if old.count == 1, new.count == 1 {
            compare(old[0], new[0], pointer)
        } else {
            pointers.append(pointer)
        }
    }

    /// A name as a part of a pointer (RFC 6901, section 3).
    private static func token(_ name: [UInt8]) -> String {
        var token: [UInt8] = []
        for byte in name {
            switch byte {
            case UInt8(ascii: "~"): token += "~0".utf8
            case UInt8(ascii: "/"): token += "~1".utf8
            default: token.append(byte)
            }
        }
        return String(decoding: token, as: UTF8.self)
    }

    // MARK: Reading

    /// Whether two values have the same meaning, without building a tree of either.
    private static func meanTheSame(_ old: [UInt8], _ new: [UInt8]) -> Bool {
        guard old != new else { return true }
        guard let old = read(old, canonical), let new = read(new, canonical) else { return false }
        return old == new
    }

    private static func canonical(_ scanner: inout JSONScanner) throws(JSONFault) -> [UInt8] {
        var canonical = CanonicalJSON()
        try canonical.append(&scanner)
        return canonical.withBytes { Array($0) }
    }

    /// What `make` returns for a value; nil if the bytes are not a value, or nest deeper than any payload. The scanner
    /// accepts any depth, but `make` is recursive.
    private static func read<Value>(
        _ json: [UInt8],
        _ make: (inout JSONScanner) throws(JSONFault) -> Value
    ) -> Value? {
        json.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            var whole = scanner
            guard let value = try? whole.value(), value.depth <= Limits.requestBodyDepth else { return nil }
            return try? make(&scanner)
        }
    }

    private static func node(_ scanner: inout JSONScanner) throws(JSONFault) -> Node {
        switch scanner.next {
        case UInt8(ascii: "{"):
            var members: [[UInt8]: [Node]] = [:]
            try scanner.members { (scanner: inout JSONScanner, name: JSONScanner.Text) throws(JSONFault) in
                members[scanner.decoded(name).utf8, default: []].append(try node(&scanner))
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [Node] = []
            try scanner.elements { (scanner: inout JSONScanner) throws(JSONFault) in elements.append(try node(&scanner))
            }
            return .array(elements)
        default:
            return .scalar(try canonical(&scanner))
        }
    }
}
