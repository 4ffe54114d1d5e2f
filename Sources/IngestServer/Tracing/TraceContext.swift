import EventModel
import Instrumentation

/// A place in a trace (https://www.w3.org/TR/trace-context): what `traceparent` and `tracestate` hold.
struct TraceContext: Sendable, Hashable {
    /// The trace's id, 32 lower-case hexadecimal digits, not all of them zero.
    let traceID: String
    /// The id of the span, 16 of them.
    let spanID: String
    /// Whether the trace is recorded, and whether its id is random.
    let flags: UInt8
    /// What tracing systems keep for themselves, passed on as it is.
    let state: String?

    static let field = "traceparent"
    static let stateField = "tracestate"

    /// The flags that have a meaning; all others are not passed on.
    private static let knownFlags: UInt8 = 0b11

    /// Reads a value of `traceparent`; nil where it is not valid. What a later version adds behind the flags is ignored.
    init?(_ text: String, state: String? = nil) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D else { return nil }
        guard
            let version = TraceContext.number(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version > 0 && bytes[55] == 0x2D),
            let traceID = TraceContext.id(bytes[3..<35]),
            let spanID = TraceContext.id(bytes[36..<52]),
            let flags = TraceContext.number(bytes[53..<55])
        else { return nil }
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags & TraceContext.knownFlags
        self.state = state.flatMap { TraceContext.isState($0) ? $0 : nil }
    }

    private init(traceID: String, spanID: String, flags: UInt8, state: String?) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.state = state
    }

    /// A span of the same trace below this one, with a fresh id.
    func child() -> TraceContext {
        let id = String(UInt64.random(in: 1 ... .max), radix: 16)
        let spanID = String(repeating: "0", count: 16 - id.utf8.count) + id
        return TraceContext(traceID: traceID, spanID: spanID, flags: flags, state: state)
    }

    /// The value of `traceparent`.
    var text: String { "00-\(traceID)-\(spanID)-0\(flags)" }

    private static func id(_ digits: ArraySlice<UInt8>) -> String? {
        guard digits.allSatisfy(isDigit), digits.contains(where: { $0 != 0x30 }) else { return nil }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard digits.allSatisfy(isDigit) else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func isState(_ text: String) -> Bool {
        (1...Limits.traceStateBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
    }
}

/// Where a trace context is kept.
enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
}

extension ServiceContext {
    /// The place in a trace, where there is one.
    var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
