/// The open containers of a value, with one bit for each: whether it is an object or an array. It allocates only for
/// values that nest deeper than any that is accepted.
struct ContainerStack {
    /// How many containers are open.
    private(set) var count = 0
    /// The innermost containers, up to 64 of them; the last one is in the lowest bit.
    private var bits: UInt64 = 0
    /// All other containers, 64 to a word.
    private var outer: [UInt64] = []

    private static let bitsAWord = 64

    var isEmpty: Bool { count == 0 }

    /// Whether the innermost container is an object.
    var lastIsObject: Bool { bits & 1 != 0 }

    mutating func append(isObject: Bool) {
        if count > 0, count.isMultiple(of: ContainerStack.bitsAWord) { outer.append(bits) }
        bits = bits << 1 | (isObject ? 1 : 0)
        count += 1
    }

    mutating func removeLast() {
        precondition(count > 0, "there is a container to close")
        count -= 1
        bits >>= 1
        if count > 0, count.isMultiple(of: ContainerStack.bitsAWord) { bits = outer.removeLast() }
    }

    mutating func removeAll() {
        count = 0
        if !outer.isEmpty { outer = [] }
    }
}
