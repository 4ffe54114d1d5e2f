import IngestAPI
import NIOCore
import NIOHTTP1

extension ConnectionHandler {
    /// The request that is being received or answered.
    struct Request {
        var id: String
        var method: HTTPMethod
        var version: HTTPVersion
        var isIngest: Bool
        /// What its answer has besides: for a browser, and of its account where it takes the place of the router's.
        var addedFields: [APIResponse.Header] = []
        var route: Route
        var begunAt = NIODeadline.now()
        var endsConnection: Bool
        var hasEnded = false
        /// Whether the router was handed its head.
        var isRouted = false
        /// Whether the client waits to be told to send the body.
        var expectsContinue = false
        var answerStatus: UInt?
        /// How many bytes of content the answer has so far.
        var answerBytes = 0
        /// What its answer has of the server's budget, until its content is handed on.
        var reservation: MemoryReservation?
        /// What is kept of it beside that; nil for most.
        var notes: RequestNotes?

        /// Gives out what its answer has besides what every answer has: for its page, and for its notes.
        func writeFields(to fields: inout some FieldSink) {
            for field in addedFields { fields.add(field.name, field.value) }
            notes?.write(to: &fields, begunAt: begunAt, now: .now())
        }
    }

    /// What requests come in on, and answers leave by.
    enum Transport {
        /// A connection of HTTP/1.1: its handler next to the socket, which takes whole messages.
        case connection(LingeringCloseHandler)
        /// A stream of HTTP/2, for one request; answered as overloaded where it is not taken.
        case stream(isTaken: Bool)
    }
}
