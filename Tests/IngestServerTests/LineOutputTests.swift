import Foundation
import Testing

@testable import IngestServer

/// What becomes of the log when nobody reads it.
@Suite struct LineOutputTests {
    @Test("lines for which there is no room are dropped, and how many they were is told when there is room again")
    func dropped() throws {
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let line = Array((String(repeating: "x", count: 6_000) + "\n").utf8)
        let count = 100
        for _ in 0..<count { output.write(line) { Array("\($0) dropped\n".utf8) } }
        // As much as a pipe holds, and never more than is there, so this does not wait.
        let first = pipe.fileHandleForReading.availableData
        output.write(Array("last\n".utf8)) { Array("\($0) dropped\n".utf8) }
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: first + pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        let whole = lines.count { $0.count == line.count - 1 }
        #expect(whole > 0 && whole < count)
        #expect(lines.suffix(2) == ["\(count - whole) dropped", "last"])
        // Nothing else but perhaps the beginning of a line that broke off.
        #expect(lines.count <= whole + 3)
    }

    @Test("lines that are read come as they are")
    func read() throws {
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        for text in ["a\n", "b\n"] { output.write(Array(text.utf8)) { _ in Array("dropped\n".utf8) } }
        try pipe.fileHandleForWriting.close()
        #expect(pipe.fileHandleForReading.readDataToEndOfFile() == Data("a\nb\n".utf8))
    }

    @Test("what nobody can read any more is dropped")
    func noReader() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForReading.close()
        for _ in 0..<2 { output.write(Array("a\n".utf8)) { _ in [] } }
    }
}
