import EventModel
import Instrumentation

/// A place in a trace (https://www.w3.org/TR/trace-context): what `traceparent` and `tracestate` hold.
struct TraceContext: Sendable, Hashable {
    /// The trace's id, which is not 0.
    private let trace: UInt128
    /// The id of the span, which is not 0.
    private let span: UInt64
    /// Whether the trace is recorded, and whether its id is random.
    let flags: UInt8
    /// What tracing systems keep for themselves, passed on as it is.
    let state: String?

    static let field = "traceparent"
    static let stateField = "tracestate"

    /// The flags that have a meaning; no others are passed on.
    private static let knownFlags: UInt8 = 0b11
    /// The bytes of a value of version 0.
    private static let byteCount = 55

    /// Reads a value of `traceparent`; nil if it is not valid. What a later version adds after the flags is ignored.
    init?(_ text: String, state: String? = nil) {
        var text = text
        let read = text.withUTF8 { bytes -> (trace: UInt128, span: UInt64, flags: UInt8)? in
            let hyphen = UInt8(ascii: "-")
            guard
                bytes.count >= TraceContext.byteCount,
                bytes[2] == hyphen, bytes[35] == hyphen, bytes[52] == hyphen,
                let version = TraceContext.number(bytes[0..<2]), version != 0xFF,
                bytes.count == TraceContext.byteCount || (version > 0 && bytes[TraceContext.byteCount] == hyphen),
                let high = TraceContext.number(bytes[3..<19]), let low = TraceContext.number(bytes[19..<35]),
                high | low != 0,
                let span = TraceContext.number(bytes[36..<52]), span != 0,
                let flags = TraceContext.number(bytes[53..<55])
            else { return nil }
            return (UInt128(high) << 64 | UInt128(low), span, UInt8(flags))
        }
        guard let read else { return nil }
        trace = read.trace
        span = read.span
        flags = read.flags & TraceContext.knownFlags
        self.state = state.flatMap { TraceContext.isState($0) ? $0 : nil }
    }

    private init(trace: UInt128, span: UInt64, flags: UInt8, state: String?) {
        self.trace = trace
        self.span = span
        self.flags = flags
        self.state = state
    }

    /// A span of the same trace below this one, with a fresh id.
    func child() -> TraceContext { child(.random(in: 1 ... .max)) }

    /// A span of the same trace below this one.
    ///
    /// - Parameter span: Its id; 0, which is not valid, is replaced by 1.
    func child(_ span: UInt64) -> TraceContext {
        TraceContext(trace: trace, span: max(1, span), flags: flags, state: state)
    }

    /// The trace's id, 32 lower-case hexadecimal digits.
    var traceID: String {
        String(unsafeUninitializedCapacity: 32) { bytes in
            TraceContext.write(trace, to: bytes, at: 0)
            return 32
        }
    }

    /// The span's id, 16 lower-case hexadecimal digits.
    var spanID: String {
        String(unsafeUninitializedCapacity: 16) { bytes in
            TraceContext.write(span, 16, to: bytes, at: 0)
            return 16
        }
    }

    /// The value of `traceparent`.
    var text: String {
        String(unsafeUninitializedCapacity: TraceContext.byteCount) { bytes in
            for place in [2, 35, 52] { bytes[place] = UInt8(ascii: "-") }
            TraceContext.write(0, 2, to: bytes, at: 0)
            TraceContext.write(trace, to: bytes, at: 3)
            TraceContext.write(span, 16, to: bytes, at: 36)
            TraceContext.write(UInt64(flags), 2, to: bytes, at: 53)
            return TraceContext.byteCount
        }
    }

    private static func write(_ trace: UInt128, to bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        write(UInt64(truncatingIfNeeded: trace >> 64), 16, to: bytes, at: start)
        write(UInt64(truncatingIfNeeded: trace), 16, to: bytes, at: start + 16)
    }

    private static func write(
        _ number: UInt64,
        _ count: Int,
        to bytes: UnsafeMutableBufferPointer<UInt8>,
        at start: Int
    ) {
        var rest = number
        for place in stride(from: start + count - 1, through: start, by: -1) {
            bytes[place] = .hexadecimalDigit(rest)
            rest >>= 4
        }
    }

    /// A number in lower-case hexadecimal digits, at most 16 of them; nil if there is another character.
    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var number: UInt64 = 0
        for byte in digits {
            guard let digit = byte.hexadecimalValue else { return nil }
            number = number << 4 | UInt64(digit)
        }
        return number
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
    /// The place in a trace, if there is one.
    var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
