import Tracing

/// The server's tracer, as long as nobody has bootstrapped another one.
///
/// It passes trace contexts on, makes each request a span in the trace that it came with, and records nothing.
struct TraceContextTracer: Tracer {
    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let text = extractor.extract(key: TraceContext.field, from: carrier) else { return }
        let state = extractor.extract(key: TraceContext.stateField, from: carrier)
        context.traceContext = TraceContext(text, state: state)
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.traceContext else { return }
        injector.inject(trace.text, forKey: TraceContext.field, into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: TraceContext.stateField, into: &carrier) }
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> TraceContextSpan {
        var context = context()
        context.traceContext = context.traceContext?.child()
        return TraceContextSpan(context: context)
    }

    func forceFlush() {}
}

/// A span that consists only of its id.
struct TraceContextSpan: Span {
    let context: ServiceContext

    var isRecording: Bool { false }

    var operationName: String {
        get { "" }
        nonmutating set {}
    }

    var attributes: SpanAttributes {
        get { [:] }
        nonmutating set {}
    }

    func setStatus(_ status: SpanStatus) {}
    func addEvent(_ event: SpanEvent) {}
    func addLink(_ link: SpanLink) {}
    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {}

    func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {}
}
