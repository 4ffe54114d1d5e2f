import IngestAPI
import NIOCore

/// What is kept of a request of which more is wanted than an answer: few of them have any.
final class RequestNotes {
    /// Whom the request is from, where a trusted proxy tells.
    var client: IPAddress?
    /// Whether the answer is to tell what took how long.
    var isTimed = false
    /// When the last of the request had come in.
    var receivedAt: NIODeadline?
    /// How long the store took over it.
    var storeTime: TimeAmount?
    /// The trace that the request belongs to.
    var trace: RequestTrace?

    /// Gives out the fields that the answer has for these notes.
    func write(to fields: inout some FieldSink, begunAt: NIODeadline, now: NIODeadline) {
        trace?.write(to: &fields)
        if isTimed {
            var durations: [ServerTiming.Duration] = []
            if let receivedAt { durations.append(.init("receive", receivedAt - begunAt)) }
            if let storeTime { durations.append(.init("store", storeTime)) }
            durations.append(.init("total", now - begunAt))
            fields.add("Server-Timing", ServerTiming.text(durations))
        }
    }
}
