import IngestAPI
import NIOCore

/// What is kept about a request that needs more than an answer; few requests have notes.
final class RequestNotes {
    /// Whom the request is from, if a trusted proxy says so.
    var client: IPAddress?
    /// Whether the answer is to report how long each step took.
    var isTimed = false
    /// When the last part of the request had come in.
    var receivedAt: NIODeadline?
    /// How long the store took over it.
    var storeTime: TimeAmount?
    /// The trace that the request belongs to.
    var trace: RequestTrace?

    /// Adds the answer's fields for these notes.
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
