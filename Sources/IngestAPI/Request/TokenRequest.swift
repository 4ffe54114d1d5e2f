package import EventModel

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a client asks for at `POST /oauth/token`: an access token for its credentials (RFC 6749, section 4.4).
package struct TokenRequest: Sendable, Hashable {
    /// The client's id, as it was given.
    package var clientID: String
    /// The client's secret.
    package var secret: ClientSecret
    /// The scopes that the token is to allow; nil if one of those that were named does not exist, or if a list names
    /// none. Only a client with valid credentials is told so.
    package var scopes: ScopeSet?

    /// The type of the request's body.
    package static let contentType = "application/x-www-form-urlencoded"

    /// Reads a request.
    ///
    /// The credentials come either in the form or by HTTP Basic, not both (RFC 6749, section 2.3). A client that uses
    /// Basic may repeat its id in the form.
    ///
    /// - Parameters:
    ///   - items: The names and values of the form, decoded.
    ///   - authorization: The values of the request's `Authorization` fields.
    ///   - decode: Decodes a percent-encoded text of a form.
    /// - Throws: ``APIError/validationFailed(_:)`` for a form that is not of this kind, then ``APIError/invalidClient``.
    package init(
        _ items: [(name: String, value: String)],
        authorization: [String],
        decode: (Substring) -> String?
    ) throws(APIError) {
        var items = QueryItems(items)
        // A parameter without a value counts as left out (RFC 6749, section 3.2).
        func text(_ name: String) -> String? { items.value(of: name) { $0 }.flatMap { $0.isEmpty ? nil : $0 } }
        let grantType = text("grant_type")
        let (formID, formSecret) = (text("client_id"), text("client_secret"))
        let scope = text("scope")
        try items.check()
        guard grantType == "client_credentials" else {
            throw .validationFailed([InvalidValue(field: "grant_type", message: "must be \"client_credentials\"")])
        }
        if authorization.isEmpty {
            guard let formID, let secret = formSecret.flatMap({ ClientSecret($0) }) else { throw .invalidClient }
            (clientID, self.secret) = (formID, secret)
        } else {
            guard
                formSecret == nil,
                let (id, secret) = TokenRequest.basicCredentials(authorization, decode),
                formID == nil || formID == id
            else { throw .invalidClient }
            (clientID, self.secret) = (id, secret)
        }
        scopes = TokenRequest.scopes(scope)
    }

    /// The scopes of a space-separated list; the default if there is no list; nil if it names none, or an unknown one.
    private static func scopes(_ text: String?) -> ScopeSet? {
        guard let text else { return ScopeSet([.contactsRead]) }
        var scopes: [Scope] = []
        for name in text.split(separator: " ") {
            guard let scope = Scope(rawValue: String(name)) else { return nil }
            scopes.append(scope)
        }
        return scopes.isEmpty ? nil : ScopeSet(scopes)
    }

    /// The credentials of `Authorization: Basic …` (RFC 7617); both are encoded as in a form (RFC 6749, section 2.3.1).
    private static func basicCredentials(
        _ values: [String],
        _ decode: (Substring) -> String?
    ) -> (String, ClientSecret)? {
        guard values.count == 1, let value = values.first?.utf8.trimmingWhiteSpace else { return nil }
        guard let space = value.utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        guard value[..<space].utf8.elementsEqual("basic".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        guard
            let bytes = Data(base64Encoded: String(value[space...].utf8.trimmingWhiteSpace)),
            let text = String(validating: bytes, as: UTF8.self),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let id = decode(text[..<colon]),
            let secret = decode(text[text.utf8.index(after: colon)...]).flatMap({ ClientSecret($0) })
        else { return nil }
        return (id, secret)
    }
}
