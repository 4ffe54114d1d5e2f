package import EventModel

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How the events of a batch are separated.
package enum BatchFormat: Sendable, Hashable {
    /// As the elements of one JSON array, `application/json`.
    case array
    /// One on each line, `application/x-ndjson` (https://github.com/ndjson/ndjson-spec).
    case lines
}

/// Reads the body of `POST /v1/events/batch` in one pass.
package enum BatchRequest {
    /// Reads a body. A fault of one event never affects the others.
    ///
    /// A line ends with LF or CRLF, and lines of only white space are skipped. If a line is not JSON, only that line is
    /// at fault. If an array is not JSON, nothing shows where the next event begins, so it is refused as a whole.
    ///
    /// - Parameters:
    ///   - body: The whole body, at most ``Limits/batchBodyBytes``; only the parts that an event keeps are copied.
    ///   - eventBytes: How many bytes each event may have.
    /// - Returns: The result of reading each event, from 1 to ``Limits/batchEvents`` of them.
    /// - Throws: The fault of the batch as a whole, on the field `base`.
    package static func parse(
        body: UnsafeRawBufferPointer,
        as format: BatchFormat,
        eventBytes: Int = Limits.requestBodyBytes
    ) throws(InvalidValue) -> ParsedBatch {
        // Typed throws do not go through the rebinding of the memory.
        let result = body.withMemoryRebound(to: UInt8.self) { bytes -> Result<ParsedBatch, InvalidValue> in
            do throws(InvalidValue) {
                switch format {
                case .array: return .success(try elements(of: bytes, eventBytes: eventBytes))
                case .lines: return .success(try lines(of: bytes, eventBytes: eventBytes))
                }
            } catch {
                return .failure(error)
            }
        }
        let batch = try result.get()
        guard batch.count > 0 else { throw InvalidValue(field: "base", message: "must hold at least one event") }
        return batch
    }

    /// Reads one line of an import by itself, as ``parse(body:as:eventBytes:)`` reads each of them.
    ///
    /// - Parameter line: The line without its LF, at most ``Limits/importLineBytes``.
    /// - Returns: The result; nil for a line of only white space.
    package static func parse(line: UnsafeRawBufferPointer) -> ParsedIngest? {
        line.withMemoryRebound(to: UInt8.self) { line in
            var members = IngestMembers()
            return event(onLine: line, with: &members, eventBytes: Limits.importLineBytes)
        }
    }

    private static let tooManyEvents = InvalidValue(
        field: "base",
        message: "must hold at most \(Limits.batchEvents) events"
    )

    // MARK: Lines

    private static func lines(
        of bytes: UnsafeBufferPointer<UInt8>,
        eventBytes: Int
    ) throws(InvalidValue) -> ParsedBatch {
        var batch = ParsedBatch()
        var members = IngestMembers()
        var rest = bytes
        while !rest.isEmpty {
            let length = rest.lengthOfLine
            let line = UnsafeBufferPointer(rebasing: rest[..<length])
            rest = UnsafeBufferPointer(rebasing: rest[min(length + 1, rest.count)...])
            guard let event = event(onLine: line, with: &members, eventBytes: eventBytes) else { continue }
            guard batch.count < Limits.batchEvents else { throw tooManyEvents }
            batch.append(event)
        }
        return batch
    }

    private static func event(
        onLine line: UnsafeBufferPointer<UInt8>,
        with members: inout IngestMembers,
        eventBytes: Int
    ) -> ParsedIngest? {
        guard !line.isBlank else { return nil }
        // The CR of a CRLF is not part of the event.
        let text = line.last == UInt8(ascii: "\r") ? UnsafeBufferPointer(rebasing: line.dropLast()) : line
        guard text.count <= eventBytes else { return .tooLarge(limitBytes: eventBytes) }
        return IngestRequest.parse(text, with: &members)
    }

    // MARK: An array

    private static func elements(
        of bytes: UnsafeBufferPointer<UInt8>,
        eventBytes: Int
    ) throws(InvalidValue) -> ParsedBatch {
        var batch = ParsedBatch()
        do throws(JSONFault) {
            var members = IngestMembers()
            var scanner = JSONScanner(bytes)
            try scanner.expectStart()
            guard scanner.next == UInt8(ascii: "[") else { throw scanner.faultOfText(.notAnArray) }
            try scanner.elements { (scanner: inout JSONScanner) throws(JSONFault) in
                guard batch.count < Limits.batchEvents else {
                    throw scanner.fault(.tooManyElements(limit: Limits.batchEvents))
                }
                batch.append(try event(nextTo: &scanner, with: &members, eventBytes: eventBytes))
            }
            try scanner.expectEnd()
        } catch {
            if case .tooManyElements = error.kind { throw tooManyEvents }
            throw InvalidValue(field: "base", message: error.message)
        }
        return batch
    }

    /// Reads an element. If the element is JSON, its fault affects only itself, because the scanner then finds where it
    /// ends.
    private static func event(
        nextTo scanner: inout JSONScanner,
        with members: inout IngestMembers,
        eventBytes: Int
    ) throws(JSONFault) -> ParsedIngest {
        let start = scanner
        var fault: JSONFault?
        do throws(JSONFault) {
            try members.read(next: &scanner)
        } catch {
            fault = error
            scanner = start
            _ = try scanner.value()
        }
        guard scanner.offset - start.offset <= eventBytes else { return .tooLarge(limitBytes: eventBytes) }
        if let fault { return ParsedIngest(fault) }
        return IngestFields.parse(members, headerKey: .absent)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// How many bytes precede the first line feed, or how many there are if there is none.
    fileprivate var lengthOfLine: Int {
        guard let baseAddress, let lineFeed = memchr(baseAddress, 0x0A, count) else { return count }
        return UnsafeRawPointer(lineFeed) - UnsafeRawPointer(baseAddress)
    }

    /// Whether there is only white space; for a line that holds an event, the first byte usually decides.
    fileprivate var isBlank: Bool {
        allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }
}
