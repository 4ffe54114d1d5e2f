import EventLedger
import Foundation
import Testing

@testable import StoreAdmin

@Suite("The pieces of an import")
struct ImportPieceTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lines(of bytes: [UInt8]) throws -> [String?] {
        let file = try folder.newFile()
        try Data(bytes).write(to: file)
        let reader = try LineReader(path: file.path)
        #expect(reader.fileBytes == Int64(bytes.count))
        var lines: [String?] = []
        while let line = try reader.next() {
            switch line {
            case .tooLong: lines.append(nil)
            case .text(let start, let end):
                lines.append(reader.withBytes(from: start, to: end) { String(decoding: $0, as: UTF8.self) })
            }
            #expect(reader.lineNumber == lines.count)
        }
        #expect(try reader.next() == nil)
        #expect(reader.bytesRead == Int64(bytes.count))
        return lines
    }

    @Test(
        "A file is read line by line",
        arguments: [
            ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\n", [""]),
            ("\n\na\n\n", ["", "", "a", ""]),
            ("a\r\nb\r\n", ["a\r", "b\r"]), ("a\rb\n", ["a\rb"]),
        ] as [(String, [String])]
    )
    func lines(text: String, lines: [String]) throws {
        #expect(try self.lines(of: Array(text.utf8)) == lines)
    }

    @Test("A line up to the limit is read, a longer one is passed over whatever its length")
    func longLines() throws {
        let limit = Limits.importLineBytes
        let lengths = [0, 1, limit, limit + 1, 5, limit + 2, 3 * limit, limit, 2 * limit + 7, 9]
        for lineEnd in ["\n", "\r\n"] {
            for last in [lineEnd, ""] {
                let texts = lengths.map { String(repeating: "x", count: $0) }
                let found = try lines(of: Array((texts.joined(separator: lineEnd) + last).utf8))
                #expect(
                    found.map { $0?.utf8.count { $0 == UInt8(ascii: "x") } } == lengths.map { $0 > limit ? nil : $0 }
                )
            }
        }
    }

    @Test("Many lines are read in bounded memory and none is lost")
    func manyLines() throws {
        let texts = (0..<20_000).map { String(repeating: "\($0)", count: 1 + $0 % 40) }
        #expect(try lines(of: Array(texts.map { $0 + "\n" }.joined().utf8)) == texts)
    }

    @Test("A progress bar shows the part of the file, or only the count where there is no size")
    func progress() {
        let start = ContinuousClock.now
        var bar = ProgressBar(totalBytes: 1_000, start: start)
        #expect(
            bar.line(bytes: 0, lines: 0, at: start) == "[..............................]   0%  0 lines, 0 a second"
        )
        #expect(bar.line(bytes: 10, lines: 1, at: start + .milliseconds(50)) == nil)
        #expect(
            bar.line(bytes: 500, lines: 100, at: start + .seconds(2))
                == "[###############...............]  50%  100 lines, 50 a second"
        )
        #expect(
            bar.line(bytes: 2_000, lines: 200, at: start + .seconds(4))
                == "[##############################] 100%  200 lines, 50 a second"
        )
        for total in [nil, 0] as [Int64?] {
            var counter = ProgressBar(totalBytes: total, start: start)
            #expect(counter.line(bytes: 5, lines: 7, at: start + .seconds(1)) == "7 lines, 7 a second")
        }
    }

    @Test("A batch has room for as many lines and bytes as one request")
    func room() {
        var batch = LineBatch()
        #expect(batch.isEmpty)
        for line in 1...Limits.batchEvents {
            #expect(batch.hasRoom(forLineOf: 1))
            batch.reject(line: line, [LineImporter.noKey])
        }
        #expect(!batch.hasRoom(forLineOf: 1))
        #expect(LineBatch().hasRoom(forLineOf: Limits.batchBodyBytes - 1))
        #expect(!LineBatch().hasRoom(forLineOf: Limits.batchBodyBytes))
    }
}
