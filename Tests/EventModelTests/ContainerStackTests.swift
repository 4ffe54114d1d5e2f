import TestSupport
import Testing

@testable import EventModel

@Suite("The open containers of a value")
struct ContainerStackTests {
    @Test("are closed in the order in which an array would give them back", arguments: SeededGenerator.seeds(5))
    func likeAnArray(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var stack = ContainerStack()
        var array: [Bool] = []
        // Grows and shrinks across several words.
        for step in 0..<5_000 {
            let grows = UInt64.random(in: 0..<100, using: &generator) < ((step / 500).isMultiple(of: 2) ? 80 : 20)
            if grows || array.isEmpty {
                let isObject = Bool.random(using: &generator)
                stack.append(isObject: isObject)
                array.append(isObject)
            } else {
                stack.removeLast()
                array.removeLast()
            }
            #expect(stack.count == array.count && stack.isEmpty == array.isEmpty, "seed \(seed)")
            if let last = array.last { #expect(stack.lastIsObject == last, "seed \(seed), step \(step)") }
        }
        stack.removeAll()
        #expect(stack.isEmpty)
    }
}
