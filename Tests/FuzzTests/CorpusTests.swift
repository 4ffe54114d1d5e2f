import Foundation
import TestSupport
import Testing

@testable import fuzz

/// The fuzzer's checks, run on its corpora and on changed inputs from them.
@Suite("What is fuzzed")
struct CorpusTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tools/FuzzTool/Seeds")

    private static func seeds(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appending(path: target.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, [UInt8](try Data(contentsOf: folder.appending(path: name))))
        }
    }

    @Test("holds for every input of the corpora", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) throws {
        var verdicts: Set<Verdict> = []
        for (name, bytes) in try Self.seeds(of: target) {
            do {
                verdicts.insert(try target.check(bytes))
            } catch {
                Issue.record("\(target.rawValue)/\(name): \(error)")
            }
        }
        // With a corpus that is accepted or refused as a whole, the fuzzer would start on one side only.
        #expect(verdicts == [.taken, .refused], "\(target.rawValue)")
    }

    @Test("holds for changed inputs of the corpora", arguments: FuzzTarget.allCases)
    func changes(target: FuzzTarget) throws {
        let seed = SeededGenerator.seeds(1)[0]
        var generator = SeededGenerator(seed: seed)
        let seeds = try Self.seeds(of: target).map(\.bytes)
        for _ in 0..<200 {
            var input = seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.change(&input, seeds, &generator) }
            do {
                _ = try target.check(input)
            } catch {
                Issue.record("\(target.rawValue), seed \(seed), \(Data(input).base64EncodedString()): \(error)")
            }
        }
    }

    /// Changes, drops, repeats or inserts a byte, or inserts a part of another input.
    private static func change(_ input: inout [UInt8], _ seeds: [[UInt8]], _ generator: inout SeededGenerator) {
        let byte = UInt8.random(in: .min ... .max, using: &generator)
        guard let position = input.indices.randomElement(using: &generator) else { return input.append(byte) }
        switch Int.random(in: 0...4, using: &generator) {
        case 0: input[position] = byte
        case 1: input.remove(at: position)
        case 2: input.insert(input[position], at: position)
        case 3: input.insert(byte, at: position)
        default:
            let other = seeds.randomElement(using: &generator) ?? []
            guard let start = other.indices.randomElement(using: &generator) else { return }
            input.insert(contentsOf: other[start...].prefix(Int.random(in: 1...20, using: &generator)), at: position)
        }
    }

    @Test("has no corpus of a target that is gone")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(folders) == Set(FuzzTarget.allCases.map(\.rawValue)))
    }
}
