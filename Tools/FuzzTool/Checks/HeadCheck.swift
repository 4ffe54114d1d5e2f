import EventModel
import Foundation
import IngestAPI

/// The fields of a request's head, and the form of `POST /oauth/token`.
///
/// An input consists of field lines as in a request; the part after an empty line is a form.
enum HeadCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let parts = String(decoding: input, as: UTF8.self).components(separatedBy: "\n\n")
        var fields: [String: [String]] = [:]
        for line in parts[0].split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased(), default: []].append(String(line[line.index(after: colon)...]))
        }
        let isAuthorized = try checkToken(fields["authorization"] ?? [])
        try checkTypes(fields["content-type"] ?? [])
        try checkCoding(fields["content-encoding"] ?? [])
        try checkRequestID(fields["x-request-id"] ?? [])
        try checkKey(fields["idempotency-key"] ?? [])
        let isForm = try TokenForm(parts.count > 1 ? parts[1] : "", fields["authorization"] ?? []).check()
        return isAuthorized || isForm ? .taken : .refused
    }

    /// The one value of a field; nil if it has none or several.
    private static func only(_ values: [String]) -> String? { values.count == 1 ? values[0] : nil }

    private static func trimmed(_ value: String) -> String {
        value.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
    }

    private static func isASCII(_ text: String, _ isAllowed: (Character) -> Bool) -> Bool {
        text.unicodeScalars.allSatisfy { $0.isASCII && isAllowed(Character($0)) }
    }

    private static func checkToken(_ values: [String]) throws(Finding) -> Bool {
        let field = FieldValue(values)
        var added = FieldValue.absent
        for value in values { added.add(value) }
        try expectSame(added, field, "the field, line by line")
        var wanted: String?
        if let value = only(values).map(trimmed), let space = value.unicodeScalars.firstIndex(of: " ") {
            let token = trimmed(String(value[space...]))
            let scheme = String(value[..<space])
            let isAPI =
                token.utf8.count == 46 && token.hasPrefix("privy_")
                && isASCII(String(token.dropFirst(6))) { $0.isNumber || ("a"..."f").contains($0) }
            let isAccess =
                token.utf8.count <= 4_096 && token.utf8.count { $0 == 0x2E } == 2
                && isASCII(token) { $0.isLetter || $0.isNumber || ".-_".contains($0) }
            if scheme.utf8.count == 6, scheme.lowercased() == "bearer", isAPI || isAccess { wanted = token }
        }
        switch RequestHead.bearerToken(authorization: field) {
        case .api(let secret)?: try expectSame(secret.text, wanted, "the API token")
        case .access(let text)?: try expectSame(text, wanted, "the access token")
        case nil: try expect(wanted == nil, "refuses a token")
        }
        return wanted != nil
    }

    private static func checkTypes(_ values: [String]) throws(Finding) {
        let type = only(values).map { value in
            // By scalars: followed by a combining mark, a semicolon is another character.
            trimmed(String(value.unicodeScalars.prefix { $0 != ";" })).lowercased()
        }
        let wanted: BatchFormat? =
            switch type {
            case nil: values.isEmpty ? .array : nil
            case "application/json": .array
            case "application/x-ndjson": .lines
            default: nil
            }
        let field = FieldValue(values)
        try expectSame(RequestHead.batchFormat(contentType: field), wanted, "the body's form")
        try expectSame(
            RequestHead.isForm(contentType: field),
            type == "application/x-www-form-urlencoded",
            "whether it is a form"
        )
    }

    private static func checkCoding(_ values: [String]) throws(Finding) {
        let wanted: ContentCoding? =
            switch only(values).map({ trimmed($0).lowercased() }) {
            case nil: values.isEmpty ? .identity : nil
            case "", "identity": .identity
            case "gzip", "x-gzip": .gzip
            default: nil
            }
        try expectSame(RequestHead.contentCoding(FieldValue(values)), wanted, "the coding")
    }

    private static func checkRequestID(_ values: [String]) throws(Finding) {
        let wanted = only(values).flatMap { value in
            (1...128).contains(value.utf8.count) && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? value : nil
        }
        try expectSame(RequestHead.requestID(FieldValue(values)), wanted, "the request's id")
    }

    private static func checkKey(_ values: [String]) throws(Finding) {
        let wanted = only(values).flatMap { ReferenceFields.key(ofHeader: $0) }
        switch IdempotencyKeyHeader(FieldValue(values)) {
        case .absent: try expect(values.isEmpty, "the key's header counts as absent")
        case .key(let key): try expectSame(Array(key.utf8), wanted.map { Array($0.utf8) } ?? [], "the header's key")
        case .fault: try expect(!values.isEmpty && wanted == nil, "refuses the header's key")
        }
    }
}
