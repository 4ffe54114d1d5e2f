import EventModel
import IngestAPI

/// The body of `POST /v1/events/batch`: each event has the same result as it would alone, in both forms of the body.
enum BatchCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let bytes = Array(input)
        let lines = try checkLines(bytes, input)
        let elements = try checkArray(bytes, input)
        guard let batch = lines ?? elements else { return .refused }
        try checkOrder(batch)
        return batch.events.isEmpty ? .refused : .taken
    }

    private static func parse(_ body: UnsafeRawBufferPointer, _ format: BatchFormat) -> ParsedBatch? {
        try? BatchRequest.parse(body: body, as: format)
    }

    private static func parse(alone bytes: [UInt8]) -> ParsedIngest {
        bytes.withUnsafeBytes { IngestRequest.parse(body: $0) }
    }

    // MARK: Lines

    private static func checkLines(_ bytes: [UInt8], _ input: UnsafeRawBufferPointer) throws(Finding) -> ParsedBatch? {
        var wanted = ParsedBatch()
        for line in bytes.split(separator: 0x0A) where !line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) {
            let event = parse(alone: Array(line.last == 0x0D ? line.dropLast() : line))
            let alone = Array(line).withUnsafeBytes { BatchRequest.parse(line: $0) }
            try expectSame(alone, event, "a line by itself")
            wanted.append(event)
        }
        let batch = parse(input, .lines)
        try expectSame(batch, (1...1_000).contains(wanted.count) ? wanted : nil, "the batch of lines")
        return batch
    }

    // MARK: An array

    private static func checkArray(_ bytes: [UInt8], _ input: UnsafeRawBufferPointer) throws(Finding) -> ParsedBatch? {
        let batch = parse(input, .array)
        let node: ReferenceNode
        switch ReferenceJSON.read(bytes) {
        case .tooDeepToTell: return batch
        case .noJSON:
            try expect(batch == nil, "takes a batch that is no JSON")
            return nil
        case .value(let value): node = value
        }
        guard case .array(let elements) = node.content, (1...1_000).contains(elements.count) else {
            try expect(batch == nil, "takes a batch that is no array, is empty or holds too many")
            return nil
        }
        guard let batch else { throw Finding("refuses a batch of \(elements.count) as a whole") }
        let wanted = elements.map { merged(IngestCheck.outline(parse(alone: Array(bytes[$0.range])))) }
        try expectSame(outlines(batch), wanted, "the batch of an array")
        try checkAsLines(elements.map { bytes[$0.range] }, batch)
        return batch
    }

    /// The elements as lines have the same results as in their array. A line feed in one of them is white space.
    private static func checkAsLines(_ elements: [ArraySlice<UInt8>], _ batch: ParsedBatch) throws(Finding) {
        let lines = elements.map { $0.map { $0 == 0x0A ? 0x20 : $0 } }.joined(separator: [0x0A])
        guard let asLines = Array(lines).withUnsafeBytes({ parse($0, .lines) }) else {
            throw Finding("refuses the lines of an array")
        }
        try expectSame(outlines(asLines).map(spaced), outlines(batch).map(spaced), "the array as lines")
    }

    private static func spaced(_ outline: ReferenceIngest.Expectation) -> ReferenceIngest.Expectation {
        guard case .event(var event) = outline, let data = event.data else { return outline }
        event.data = EventData(stored: data.utf8.map { $0 == 0x0A ? 0x20 : $0 })
        return .event(event)
    }

    /// In a batch, a malformed event cannot be distinguished from an invalid one without a valid key.
    private static func merged(_ outline: ReferenceIngest.Expectation) -> ReferenceIngest.Expectation {
        guard case .malformed(let fields) = outline else { return outline }
        return .invalid(fields: fields, key: nil)
    }

    /// The result of each event of a batch, in order.
    private static func outlines(_ batch: ParsedBatch) -> [ReferenceIngest.Expectation] {
        var outlines: [ReferenceIngest.Expectation] = batch.events.map { .event($0) }
        for (index, event) in batch.faulty.enumerated() {
            let outline = ReferenceIngest.Expectation.invalid(fields: event.faults.map(\.field), key: event.key?.utf8)
            outlines.insert(outline, at: event.eventsBefore + index)
        }
        return outlines
    }

    /// The results are in the order of their events.
    private static func checkOrder(_ batch: ParsedBatch) throws(Finding) {
        let stored = batch.events.indices.map { number in
            BatchResult.rejected([InvalidValue(field: "event", message: "\(number)")])
        }
        let results = batch.results(ofEvents: stored)
        let wanted = outlines(batch).map { outline in
            if case .event = outline { true } else { false }
        }
        try expectSame(results.map(stored.contains), wanted, "the order of the results")
        try expectSame(results.filter(stored.contains), stored, "the order of the good ones")
        let rejected = batch.faulty.map { BatchResult.rejected($0.faults) }
        try expectSame(results.filter { !stored.contains($0) }, rejected, "the order of the others")
    }
}
