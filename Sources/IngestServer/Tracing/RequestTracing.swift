import IngestAPI
import NIOHTTP1
import Tracing

/// Makes requests spans of the traces that they come with, by whatever tracer the process has.
struct RequestTracing: Sendable {
    private let tracer: any Tracer
    private let instrument: any Instrument
    /// Whether requests that come with no trace begin one. The server's own tracer would begin them for nobody.
    let beginsTraces: Bool

    /// - Parameters:
    ///   - tracer: What makes spans.
    ///   - instrument: What reads trace contexts and writes them, where that is not the tracer alone.
    init(_ tracer: any Tracer, instrument: (any Instrument)? = nil) {
        self.tracer = tracer
        self.instrument = instrument ?? tracer
        beginsTraces = !(tracer is TraceContextTracer || tracer is NoOpTracer)
    }

    /// By what the process was bootstrapped with.
    static var system: RequestTracing {
        RequestTracing(InstrumentationSystem.tracer, instrument: InstrumentationSystem.instrument)
    }

    /// Begins the span of a request.
    func begin(_ method: HTTPMethod, _ route: MeteredRoute, _ headers: HTTPHeaders) -> RequestTrace {
        var context = ServiceContext.topLevel
        instrument.extract(headers, into: &context, using: FieldExtractor())
        let span = tracer.startSpan("\(method.rawValue) \(route.rawValue)", context: context, ofKind: .server)
        if span.isRecording {
            span.attributes["http.request.method"] = method.rawValue
            span.attributes["http.route"] = route.rawValue
        }
        var fields: [APIResponse.Header] = []
        instrument.inject(span.context, into: &fields, using: FieldInjector())
        return RequestTrace(span: span, fields: fields)
    }
}

/// The span of a request.
struct RequestTrace {
    fileprivate let span: any Span
    /// What the answer tells of it, and the log.
    let fields: [APIResponse.Header]

    /// The id of the trace, where the tracer tells it by `traceparent`.
    var traceID: String? {
        fields.first { $0.name.lowercased() == TraceContext.field }.flatMap { TraceContext($0.value)?.traceID }
    }

    /// Ends the span; nil where the connection ended before an answer was begun.
    func end(status: UInt?) {
        if span.isRecording {
            if let status { span.attributes["http.response.status_code"] = Int64(status) }
            if status.map({ $0 >= 500 }) ?? true { span.setStatus(SpanStatus(code: .error)) }
        }
        span.end()
    }
}

private struct FieldExtractor: Extractor {
    // A field that must be there once is no valid one when its lines are put together.
    func extract(key: String, from carrier: HTTPHeaders) -> String? {
        let values = carrier[key]
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}

private struct FieldInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [APIResponse.Header]) {
        carrier.append(.init(key, value))
    }
}
