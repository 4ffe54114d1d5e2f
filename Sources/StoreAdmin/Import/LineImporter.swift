import EventLedger
import IngestAPI

/// Imports the lines of a file into a store, one batch at a time.
struct LineImporter {
    /// Whether lines without a key are accepted, too.
    let allowsKeyless: Bool
    /// What became of the lines so far.
    private(set) var tally = ImportTally()
    private var batch = LineBatch()

    init(allowsKeyless: Bool) {
        self.allowsKeyless = allowsKeyless
    }

    /// The next import would store a line without a key again, so the operator has to allow it.
    static let noKey = InvalidValue(field: "idempotency_key", message: "is required, unless --allow-keyless is given")

    /// Reads all lines and stores them.
    ///
    /// - Parameter onBatch: Called after each batch.
    /// - Throws: What kept the rest from being read or stored; ``tally`` says what was done before.
    mutating func run(
        _ reader: LineReader,
        into target: any BatchTarget,
        onBatch: (ImportTally) -> Void
    ) async throws {
        while let line = try reader.next() {
            switch line {
            case .tooLong:
                try await makeRoom(forLineOf: 0, target, onBatch)
                batch.reject(line: reader.lineNumber, ParsedIngest.tooLarge(limitBytes: Limits.importLineBytes).faults)
            case .text(let start, let end):
                if reader.lineNumber == 1, let fault = reader.withBytes(from: start, to: end, FileForm.fault) {
                    throw AdminFailure.refused("line 1: \(fault)")
                }
                try await makeRoom(forLineOf: end - start, target, onBatch)
                reader.withBytes(from: start, to: end) { add($0, line: reader.lineNumber) }
            }
        }
        try await store(target, onBatch)
    }

    private mutating func add(_ text: UnsafeRawBufferPointer, line: Int) {
        guard let event = BatchRequest.parse(line: text) else { return }
        switch event {
        case .event(let new) where new.idempotencyKey == nil && !allowsKeyless:
            batch.reject(line: line, [LineImporter.noKey])
        case .event, .invalid(faults: _, key: .some):
            batch.add(event, text: text, line: line)
        case .invalid(let faults, key: nil), .malformed(let faults):
            batch.reject(line: line, faults)
        }
    }

    private mutating func makeRoom(
        forLineOf byteCount: Int,
        _ target: any BatchTarget,
        _ onBatch: (ImportTally) -> Void
    ) async throws {
        if !batch.hasRoom(forLineOf: byteCount) { try await store(target, onBatch) }
    }

    private mutating func store(_ target: any BatchTarget, _ onBatch: (ImportTally) -> Void) async throws {
        guard !batch.isEmpty else { return }
        let results: [LineResult]
        do {
            results = batch.lines.isEmpty ? [] : try await target.ingest(batch)
        } catch AdminFailure.unavailable(let reason) {
            throw ImportTally.failure(at: batch.lines.first ?? 1, "the import stopped there: \(reason)")
        }
        let failure = tally.note(batch, results)
        batch = LineBatch()
        onBatch(tally)
        if let failure { throw failure }
    }
}

extension ParsedIngest {
    /// What is wrong with an event; empty for a valid one.
    fileprivate var faults: [InvalidValue] {
        switch self {
        case .event: []
        case .invalid(let faults, _), .malformed(let faults): faults
        }
    }
}
