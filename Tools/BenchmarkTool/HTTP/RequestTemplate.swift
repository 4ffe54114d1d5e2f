import NIOCore

/// A request whose bytes are ready except for keys and contacts, which are filled in.
///
/// The size never changes: the space that a shorter email address leaves is filled with JSON white space.
struct RequestTemplate {
    /// How many events a request carries.
    let events: Int

    private let bytes: [UInt8]
    private let places: [Place]
    private let template: EventTemplate

    /// The positions of an event's own bytes.
    private struct Place {
        var key: Int
        var contact: Int
    }

    /// The digits of the largest contact number.
    private static let contactDigits = 7
    private static let afterContact = Array(#"@example.com""#.utf8)

    /// A request for `POST /v1/events`, or for `POST /v1/events/batch` if it carries many events.
    ///
    /// - Parameter isTraced: Whether it carries a trace header (W3C Trace Context).
    init(_ template: EventTemplate, dataBytes: Int, batch: Int?, token: String, isTraced: Bool = false) {
        let data = EventTemplate.data(bytes: dataBytes)
        var places: [Place] = []
        var body: [UInt8] = []
        for _ in 0..<(batch ?? 1) {
            var place = Place(key: 0, contact: 0)
            body += Array(#"{"event_type":"\#(EventTemplate.type)","#.utf8)
            if batch != nil {
                body += Array(#""idempotency_key":""#.utf8)
                place.key = body.count
                body += RequestTemplate.blank(EventTemplate.keyBytes) + Array(#"","#.utf8)
            }
            body += Array(#""email":"shopper"#.utf8)
            place.contact = body.count
            body += RequestTemplate.blank(RequestTemplate.contactDigits + RequestTemplate.afterContact.count)
            body += Array(#","event_data":"#.utf8) + data + Array("}".utf8)
            if batch != nil { body.append(UInt8(ascii: "\n")) }
            places.append(place)
        }
        let route = batch == nil ? "/v1/events" : "/v1/events/batch"
        let type = batch == nil ? "application/json" : "application/x-ndjson"
        var head = Array(
            "POST \(route) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\nContent-Type: \(type)\r\n"
                .utf8
        )
        if isTraced {
            head += Array("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n".utf8)
        }
        if batch == nil {
            head += Array("Idempotency-Key: ".utf8)
            places[0].key = head.count
            head += RequestTemplate.blank(EventTemplate.keyBytes) + Array("\r\n".utf8)
        }
        head += Array("Content-Length: \(body.count)\r\n\r\n".utf8)
        self.places = places.map {
            Place(key: batch == nil ? $0.key : $0.key + head.count, contact: $0.contact + head.count)
        }
        bytes = head + body
        events = batch ?? 1
        self.template = template
    }

    /// A buffer with the request's bytes, to fill before each use.
    func buffer() -> ByteBuffer { ByteBuffer(bytes: bytes) }

    /// Fills a buffer with the request for events of these numbers.
    func fill(_ buffer: inout ByteBuffer, _ number: () -> UInt64) {
        buffer.withUnsafeMutableReadableBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            for place in places {
                let number = number()
                template.writeKey(
                    of: number,
                    to: UnsafeMutableBufferPointer(rebasing: bytes[place.key..<place.key + EventTemplate.keyBytes])
                )
                RequestTemplate.write(template.contact(of: number), to: bytes, at: place.contact)
            }
        }
    }

    private static func write(_ contact: Int, to bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        var divisor = 1
        while divisor * 10 <= contact { divisor *= 10 }
        var place = start
        while divisor > 0 {
            bytes[place] = UInt8(ascii: "0") + UInt8(contact / divisor % 10)
            place += 1
            divisor /= 10
        }
        for byte in afterContact {
            bytes[place] = byte
            place += 1
        }
        while place < start + contactDigits + afterContact.count {
            bytes[place] = UInt8(ascii: " ")
            place += 1
        }
    }

    private static func blank(_ count: Int) -> [UInt8] { Array(repeating: UInt8(ascii: " "), count: count) }
}
