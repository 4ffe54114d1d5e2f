import IngestAPI
import NIOHTTP1

/// The fields of a request's head that the server itself reads, found in one pass.
///
/// Asking for each by its name would go through all of them each time.
struct RequestFields {
    private(set) var accept = FieldValue.absent
    private(set) var authorization = FieldValue.absent
    private(set) var connection = FieldValue.absent
    private(set) var contentEncoding = FieldValue.absent
    private(set) var contentLength = FieldValue.absent
    private(set) var contentType = FieldValue.absent
    private(set) var expect = FieldValue.absent
    private(set) var host = FieldValue.absent
    private(set) var idempotencyKey = FieldValue.absent
    private(set) var origin = FieldValue.absent
    private(set) var prefer = FieldValue.absent
    private(set) var requestID = FieldValue.absent
    private(set) var traceParent = FieldValue.absent
    private(set) var traceState = FieldValue.absent
    private(set) var transferEncoding = FieldValue.absent
    private(set) var upgrade = FieldValue.absent

    init(_ headers: HTTPHeaders) {
        for (name, untrimmed) in headers {
            let value = untrimmed.withoutOuterWhiteSpace
            // The length comes first, so that nearly every name is compared with at most one other.
            switch name.utf8.count {
            case 4 where name.isField("host"): host.add(value)
            case 6 where name.isField("accept"): accept.addToList(value)
            case 6 where name.isField("expect"): expect.add(value)
            case 6 where name.isField("origin"): origin.add(value)
            case 6 where name.isField("prefer"): prefer.addToList(value)
            case 7 where name.isField("upgrade"): upgrade.add(value)
            case 10 where name.isField("connection"): connection.addToList(value)
            case 10 where name.isField("tracestate"): traceState.addToList(value)
            case 11 where name.isField("traceparent"): traceParent.add(value)
            case 12 where name.isField("content-type"): contentType.add(value)
            case 12 where name.isField("x-request-id"): requestID.add(value)
            case 13 where name.isField("authorization"): authorization.add(value)
            case 14 where name.isField("content-length"): contentLength.add(value)
            case 15 where name.isField("idempotency-key"): idempotencyKey.add(value)
            case 16 where name.isField("content-encoding"): contentEncoding.add(value)
            case 17 where name.isField("transfer-encoding"): transferEncoding.add(value)
            default: break
            }
        }
    }

    /// How many bytes the body has, if that is declared as ``RequestFraming`` accepts it.
    var declaredBytes: Int? {
        guard case .once(let length) = contentLength else { return nil }
        return Int(length)
    }

    /// Whether `Connection` holds an option, in any case (RFC 9110, section 7.6.1).
    ///
    /// - Parameter option: In lower case.
    func hasConnectionOption(_ option: String) -> Bool {
        guard case .once(let list) = connection else { return false }
        return list.split(separator: ",").contains { $0.utf8.trimmingWhiteSpace.lowercased() == option }
    }

    /// Whether the client waits to be told to send the body (RFC 9110, section 10.1.1).
    var expectsContinue: Bool {
        guard case .once(let expectation) = expect else { return false }
        return expectation.lowercased() == "100-continue"
    }
}

extension String {
    /// A field's value without the spaces and tabs at its ends, which are not part of it (RFC 9110, section 5.5).
    ///
    /// The parser leaves those after the value. Nearly every value has none and is returned as it is.
    fileprivate var withoutOuterWhiteSpace: String {
        guard utf8.first.isWhiteSpace || utf8.last.isWhiteSpace else { return self }
        return String(utf8.trimmingWhiteSpace)
    }

    /// Whether this is a field's name, in any case (RFC 9110, section 5.1).
    ///
    /// - Parameter name: The name in lower case, of letters and hyphens, as long as this one.
    fileprivate func isField(_ name: StaticString) -> Bool {
        // The parser lets only the characters of names through. This bit turns only letters into letters, and only the
        // hyphen into a hyphen.
        var copy = self
        return copy.withUTF8 { bytes in
            for index in bytes.indices where bytes[index] | 0x20 != name.utf8Start[index] { return false }
            return true
        }
    }
}

extension UInt8? {
    fileprivate var isWhiteSpace: Bool { self == 0x20 || self == 0x09 }
}
