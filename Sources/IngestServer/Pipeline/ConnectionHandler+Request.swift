import EventLedger
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
        /// The answer's further fields: those for a browser and, if the answer takes the place of the router's, the
        /// account's limits.
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
        /// The account whose read the router answers; nil if it is nobody's, or not known yet.
        var reader: Account.ID?
        /// How many bytes of content the answer has so far.
        var answerBytes = 0
        /// What its answer has taken from the server's budget, until its content is handed on.
        var reservation: MemoryReservation?
        /// What else is kept about it; nil for most requests.
        var notes: RequestNotes?

        /// Writes the fields of the answer that not every answer has: those for its page, and those for its notes.
        func writeFields(to fields: inout some FieldSink) {
            for field in addedFields { fields.add(field.name, field.value) }
            notes?.write(to: &fields, begunAt: begunAt, now: .now())
        }
    }

    /// What requests come in on, and answers leave by.
    enum Transport {
        /// A connection of HTTP/1.1: its handler next to the socket, which takes whole messages.
        case connection(LingeringCloseHandler)
        /// A stream of HTTP/2, for one request; answered as overloaded if it is not taken.
        case stream(isTaken: Bool)
    }
}
