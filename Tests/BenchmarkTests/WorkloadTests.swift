import EventModel
import Foundation
import NIOCore
import Testing

@testable import benchmark

@Suite struct WorkloadTests {
    @Test func `a key is the same each time, and no other event's`() throws {
        let keys = (0..<10_000).map { key(template, UInt64($0)) } + [key(template, 1 << 40)]
        #expect(Set(keys).count == keys.count)
        #expect(keys[7] == key(template, 7))
        #expect(keys.allSatisfy { $0.utf8.count == EventTemplate.keyBytes && $0.split(separator: "-").count == 5 })
    }

    @Test(arguments: [EventTemplate.leastDataBytes, 12, 100, 110, 170, 4_096])
    func `event data is an object of exactly the size`(bytes: Int) throws {
        let data = EventTemplate.data(bytes: bytes)
        #expect(data.count == bytes)
        #expect(try EventData(utf8: data).utf8.count == bytes)
    }

    @Test(arguments: [nil, 1, 3] as [Int?])
    func `a request keeps its size and holds its events, whoever they are about`(batch: Int?) throws {
        let request = RequestTemplate(template, dataBytes: 170, batch: batch, token: "none")
        var buffer = request.buffer()
        let size = buffer.readableBytes
        for start in [0, 1_000_000] as [UInt64] {
            var number = start
            request.fill(&buffer) {
                defer { number += 1 }
                return number
            }
            let text = String(buffer: buffer)
            let end = try #require(text.range(of: "\r\n\r\n", options: .literal)?.upperBound)
            #expect(buffer.readableBytes == size)
            #expect(text.contains("Content-Length: \(text[end...].utf8.count)\r\n"))
            let lines = text[end...].split(separator: "\n")
            #expect(lines.count == batch ?? 1)
            for (index, line) in lines.enumerated() {
                // Checked by the scanner that checks event data, which accepts any object.
                _ = try EventData(String(line))
                let event = start + UInt64(index)
                #expect(line.contains(#""email":"\#(EventTemplate.email(template.contact(of: event)))""#))
                #expect((batch == nil ? text[...] : line).contains(key(template, event)))
            }
        }
    }

    @Test func `an answer is read when it is all there, whatever the case of its fields`() throws {
        let scanner = ResponseScanner(lookingFor: "replay")
        let answer = Array("HTTP/1.1 200 OK\r\nDate: now\r\ncontent-Length: 10\r\n\r\n{replay:1}".utf8)
        for count in 0..<answer.count {
            #expect(try answer[..<count].withUnsafeBytes(scanner.response) == nil)
        }
        let response = try #require(try (answer + Array("HTTP".utf8)).withUnsafeBytes(scanner.response))
        #expect(response.status == 200)
        #expect(response.holdsWord)
        #expect(response.byteCount == answer.count)
    }

    @Test func `an answer without a length is refused`() {
        let answer = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        #expect(throws: ResponseScanner.Unreadable.self) {
            try answer.withUnsafeBytes(ResponseScanner(lookingFor: "replay").response)
        }
    }

    private let template = EventTemplate(seed: 1, contacts: 100_000)

    private func key(_ template: EventTemplate, _ event: UInt64) -> String {
        String(unsafeUninitializedCapacity: EventTemplate.keyBytes) { bytes in
            template.writeKey(of: event, to: UnsafeMutableBufferPointer(rebasing: bytes[..<EventTemplate.keyBytes]))
            return EventTemplate.keyBytes
        }
    }
}
