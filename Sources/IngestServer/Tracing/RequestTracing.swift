import IngestAPI
import NIOHTTP1
import Tracing

/// Makes requests spans of the traces that they come with, using whatever tracer the process has.
struct RequestTracing: Sendable {
    private let tracer: any Tracer
    private let instrument: any Instrument
    /// Whether requests that come with no trace begin one. With the server's own tracer, nobody would see it.
    let beginsTraces: Bool
    /// Whether traces are only passed on, which needs nothing but their text.
    private let onlyPassesOn: Bool

    /// - Parameters:
    ///   - tracer: What makes spans.
    ///   - instrument: What reads trace contexts and writes them, if that is not the tracer alone.
    init(_ tracer: any Tracer, instrument: (any Instrument)? = nil) {
        self.tracer = tracer
        self.instrument = instrument ?? tracer
        onlyPassesOn = tracer is TraceContextTracer && self.instrument is TraceContextTracer
        beginsTraces = !(tracer is TraceContextTracer || tracer is NoOpTracer)
    }

    /// Tracing with what the process was bootstrapped with.
    static var system: RequestTracing {
        RequestTracing(InstrumentationSystem.tracer, instrument: InstrumentationSystem.instrument)
    }

    /// Begins the span of a request.
    ///
    /// - Parameter ids: Where the span's id comes from if nothing else provides it.
    func begin(
        _ head: HTTPRequestHead,
        _ known: RequestFields,
        _ route: Route,
        _ ids: inout RequestIDs
    ) -> RequestTrace {
        if onlyPassesOn { return RequestTrace(passingOn: known, &ids) }
        let (method, headers) = (head.method, head.headers)
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
    private let span: (any Span)?
    /// The fields that the span's tracer adds to the answer.
    private let spanFields: [APIResponse.Header]
    /// The place of the request in a trace that is only passed on.
    private let passedOn: TraceContext?

    fileprivate init(span: any Span, fields: [APIResponse.Header]) {
        self.span = span
        spanFields = fields
        passedOn = nil
    }

    /// A span that nobody sees except whoever reads the answer.
    fileprivate init(passingOn known: RequestFields, _ ids: inout RequestIDs) {
        span = nil
        spanFields = []
        var state: String?
        if case .once(let text) = known.traceState { state = text }
        if case .once(let text) = known.traceParent, let parent = TraceContext(text, state: state) {
            passedOn = parent.child(ids.nextWord())
        } else {
            passedOn = nil
        }
    }

    /// Adds the fields that report the trace in the answer.
    func write(to fields: inout some FieldSink) {
        for field in spanFields { fields.add(field.name, field.value) }
        guard let passedOn else { return }
        fields.add(TraceContext.field, passedOn.text)
        if let state = passedOn.state { fields.add(TraceContext.stateField, state) }
    }

    /// The fields that report the trace in the answer.
    var fields: [APIResponse.Header] {
        var fields: [APIResponse.Header] = []
        write(to: &fields)
        return fields
    }

    /// The id of the trace, if the tracer reports it in `traceparent`.
    var traceID: String? {
        if let passedOn { return passedOn.traceID }
        let field = spanFields.first { $0.name.lowercased() == TraceContext.field }
        return field.flatMap { TraceContext($0.value)?.traceID }
    }

    /// Ends the span.
    ///
    /// - Parameter status: The answer's status; nil if the connection ended before an answer was begun.
    func end(status: UInt?) {
        guard let span else { return }
        if span.isRecording {
            if let status { span.attributes["http.response.status_code"] = Int64(status) }
            if status.map({ $0 >= 500 }) ?? true { span.setStatus(SpanStatus(code: .error)) }
        }
        span.end()
    }
}

private struct FieldExtractor: Extractor {
    // A field that must occur only once becomes invalid when its lines are joined.
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
