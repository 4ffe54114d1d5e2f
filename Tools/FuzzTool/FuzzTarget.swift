/// What is fuzzed: each target takes bytes as a client may send them, and checks what the code makes of them.
enum FuzzTarget: String, CaseIterable, Sendable {
    // The slowest first, so that processors that share the work end together.
    case batchRequest = "batch-request"
    case jsonScanner = "json-scanner"
    case payloadFingerprint = "payload-fingerprint"
    case ingestRequest = "ingest-request"
    case contactRequest = "contact-request"
    case requestHead = "request-head"
    case query
    case eventTime = "event-time"
    case idempotencyKey = "idempotency-key"
    case feedCursor = "feed-cursor"

    /// Checks one input. A trap is a finding, too, but ends the process.
    func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        switch self {
        case .batchRequest: try BatchCheck.check(input)
        case .jsonScanner: try ScannerCheck.check(input)
        case .payloadFingerprint: try FingerprintCheck.check(input)
        case .ingestRequest: try IngestCheck.check(input)
        case .contactRequest: try ContactCheck.check(input)
        case .requestHead: try HeadCheck.check(input)
        case .query: try QueryCheck.check(input)
        case .eventTime: try EventTimeCheck.check(input)
        case .idempotencyKey: try KeyCheck.check(input)
        case .feedCursor: try CursorCheck.check(input)
        }
    }

    /// Checks one input that is given as an array.
    func check(_ input: [UInt8]) throws(Finding) -> Verdict {
        // In memory of exactly this size, so that a sanitizer notices a read beyond it.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: input.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: input)
        return try check(UnsafeRawBufferPointer(copy))
    }
}
