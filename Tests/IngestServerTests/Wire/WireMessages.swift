import EventModel
import Foundation
import Synchronization

/// A request, byte by byte as a test sets it.
struct WireRequest: Sendable {
    var method = "POST"
    var target = "/v1/events"
    var version = "HTTP/1.1"
    var fields: [(name: String, value: String)] = [("Host", "localhost")]
    var body: [UInt8] = []
    /// How the body's end is marked.
    var framing = Framing.length

    enum Framing: Sendable {
        case length
        /// In chunks of at most that many bytes.
        case chunked(bytes: Int)
        /// By the fields alone, which the test sets.
        case none
    }

    /// An ingest with a valid body and a valid token.
    static func ingest(_ token: TokenSecret?, key: String? = nil, body: String = goodBody) -> WireRequest {
        var request = WireRequest()
        if let token { request.fields.append(("Authorization", "Bearer \(token.text)")) }
        if let key { request.fields.append(("Idempotency-Key", key)) }
        request.body = Array(body.utf8)
        return request
    }

    /// A read.
    static func get(_ target: String, _ token: TokenSecret? = nil, method: String = "GET") -> WireRequest {
        var request = WireRequest()
        request.method = method
        request.target = target
        request.framing = .none
        if let token { request.fields.append(("Authorization", "Bearer \(token.text)")) }
        return request
    }

    /// A body that every rule allows.
    static let goodBody = #"{"event_type":"signup","email":"ada@example.com"}"#

    /// The same request with one more field.
    func adding(_ name: String, _ value: String) -> WireRequest {
        var request = self
        request.fields.append((name, value))
        return request
    }

    /// The head alone.
    var head: [UInt8] {
        var text = "\(method) \(target) \(version)\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        switch framing {
        case .length: text += "Content-Length: \(body.count)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        case .none: break
        }
        return Array((text + "\r\n").utf8)
    }

    /// The body alone, as it goes over the wire.
    var framedBody: [UInt8] {
        guard case .chunked(let size) = framing else { return body }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: size) {
            let chunk = body[start..<min(start + size, body.count)]
            bytes += Array((String(chunk.count, radix: 16) + "\r\n").utf8) + chunk + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    /// All of it.
    var bytes: [UInt8] { head + framedBody }
}

/// A response as it arrived.
struct WireResponse: Sendable, Hashable {
    struct Field: Sendable, Hashable {
        var name: String
        var value: String
    }

    var status: Int
    var fields: [Field]
    var body: [UInt8]

    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The values of a field, one for each line.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The value of a field that occurs once.
    subscript(name: String) -> String? {
        let values = values(name)
        return values.count == 1 ? values[0] : nil
    }

    /// The code of the error envelope; nil if the body is not one.
    var errorCode: String? {
        (object?["error"] as? [String: Any])?["code"] as? String
    }

    /// The message of the error envelope; nil if the body is not one.
    var errorMessage: String? {
        (object?["error"] as? [String: Any])?["message"] as? String
    }

    /// The fields that the `errors` array names; nil if the body has none.
    var faultyFields: [String]? {
        (object?["errors"] as? [[String: Any]])?.compactMap { $0["field"] as? String }
    }

    /// The body as a JSON object.
    var object: [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
    }
}

/// Bytes that arrived and wait to be read.
final class LockedBytes: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func append(_ more: some Sequence<UInt8>) { bytes.withLock { $0 += more } }

    func takeAll() -> [UInt8] {
        bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }

    /// Removes a response from the front, if it is complete.
    func takeResponse(hasBody: Bool) -> WireResponse? {
        bytes.withLock { bytes in
            guard let (response, length) = LockedBytes.parse(bytes, hasBody: hasBody) else { return nil }
            bytes.removeFirst(length)
            return response
        }
    }

    /// Reads every response in the bytes that a connection gave until it was closed.
    static func responses(in bytes: [UInt8]) -> [WireResponse] {
        var rest = bytes
        var responses: [WireResponse] = []
        while let (response, length) = parse(rest, hasBody: true) {
            responses.append(response)
            rest.removeFirst(length)
        }
        return responses
    }

    private static func parse(_ bytes: [UInt8], hasBody: Bool) -> (WireResponse, Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        var response = WireResponse(status: Int(words[1]) ?? 0, fields: [], body: [])
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            response.fields.append(.init(name: String(parts[0]), value: value))
        }
        let length = hasBody && response.status >= 200 ? Int(response["Content-Length"] ?? "") ?? 0 : 0
        guard bytes.count >= end.upperBound + length else { return nil }
        response.body = Array(bytes[end.upperBound..<(end.upperBound + length)])
        return (response, end.upperBound + length)
    }
}
