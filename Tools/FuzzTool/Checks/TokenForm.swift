import EventModel
import Foundation
import IngestAPI

/// The form of `POST /oauth/token` with the request's `Authorization` fields, checked against the contract.
struct TokenForm {
    private let items: [(name: String, value: String)]
    private let authorization: [String]

    init(_ form: String, _ authorization: [String]) {
        items = QueryCheck.items(form)
        self.authorization = authorization
    }

    /// - Returns: Whether the form is valid.
    func check() throws(Finding) -> Bool {
        let request: TokenRequest
        do throws(APIError) {
            request = try TokenRequest(items, authorization: authorization) { String($0).removingPercentEncoding }
        } catch {
            switch error {
            case .validationFailed, .invalidClient: return false
            default: throw Finding("a form is answered with \(error)")
            }
        }
        try expectSame(given("grant_type"), ["client_credentials"], "the kind of grant")
        if authorization.isEmpty {
            try expectSame(given("client_id"), [request.clientID], "the client's id")
            try expectSame(given("client_secret"), [request.secret.text], "the client's secret")
        } else {
            try expectSame(given("client_secret"), [], "the form's secret beside that of the header")
            try expect(given("client_id").allSatisfy { $0 == request.clientID }, "another id than that of the header")
            let pair = "\(request.clientID):\(request.secret.text)"
            try expect(decodedAuthorization == pair, "other credentials than those of the header")
        }
        let scopes = given("scope").flatMap { $0.split(separator: " ").map(String.init) }
        let wanted = scopes.isEmpty ? ["contacts_read"] : Set(scopes)
        let exist = wanted.allSatisfy { Scope(rawValue: $0) != nil }
        // A list of spaces names no scope.
        let isList = given("scope").isEmpty || !scopes.isEmpty
        try expectSame(
            request.scopes.map { Set($0.scopes.map(\.rawValue)) },
            exist && isList ? wanted : nil,
            "the scopes"
        )
        return exist && isList
    }

    /// The values of a name; an empty value counts as omitted.
    private func given(_ name: String) -> [String] {
        items.filter { $0.name == name && !$0.value.isEmpty }.map(\.value)
    }

    /// The credentials in `Basic`, percent-decoded.
    private var decodedAuthorization: String? {
        guard authorization.count == 1 else { return nil }
        let words = authorization[0].split { $0 == " " || $0 == "\t" }
        guard words.count == 2, words[0].lowercased() == "basic", let data = Data(base64Encoded: String(words[1]))
        else {
            return nil
        }
        return String(decoding: data, as: UTF8.self).removingPercentEncoding
    }
}
