import EventModel
import Foundation
import Testing

@testable import IngestAPI

@Suite("A request for an access token")
struct TokenRequestTests {
    private static let id = "app_0123456789abcdef0123"
    private static let secret = ClientSecret.random()
    private static let form = [
        ("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret.text),
    ]

    private static func basic(_ text: String, scheme: String = "Basic") -> String {
        "\(scheme) " + Data(text.utf8).base64EncodedString()
    }

    private static func request(
        _ items: [(String, String)],
        authorization: [String] = []
    ) throws(APIError) -> TokenRequest {
        try TokenRequest(items.map { (name: $0.0, value: $0.1) }, authorization: authorization) {
            String($0).removingPercentEncoding
        }
    }

    @Test("has its credentials in the form, or by HTTP Basic, with the id in the form once more if it likes")
    func credentials() throws {
        let grantType = [("grant_type", "client_credentials")]
        let basic = Self.basic("\(Self.id):\(Self.secret.text)")
        let requests = try [
            Self.request(Self.form),
            Self.request(grantType, authorization: [basic]),
            Self.request(grantType, authorization: [Self.basic("%61pp_0123456789abcdef0123:\(Self.secret.text)")]),
            Self.request(grantType + [("client_id", Self.id)], authorization: [basic]),
            Self.request(grantType + [("client_id", "")], authorization: [basic]),
            Self.request(
                grantType,
                authorization: [Self.basic("\(Self.id):\(Self.secret.text)", scheme: "bAsIC ")]
            ),
            Self.request(Self.form + [("unknown", "parameter")]),
        ]
        for request in requests {
            #expect(request.clientID == Self.id)
            #expect(request.secret == Self.secret)
            #expect(request.scopes == ScopeSet([.contactsRead]))
        }
    }

    @Test(
        "names its scopes with spaces between them; contacts_read is the default",
        arguments: [
            (nil, [.contactsRead]), ("", [.contactsRead]), ("events_write", [.eventsWrite]),
            ("events_write contacts_read events_write", [.contactsRead, .eventsWrite]),
        ] as [(String?, [Scope])]
    )
    func scopes(text: String?, scopes: [Scope]) throws {
        let request = try Self.request(Self.form + (text.map { [("scope", $0)] } ?? []))
        #expect(request.scopes == ScopeSet(scopes))
    }

    @Test(
        "names no scopes where one of them does not exist",
        arguments: ["admin", "events_write admin", "events_write,events_read", " "]
    )
    func unknownScope(text: String) throws {
        #expect(try Self.request(Self.form + [("scope", text)]).scopes == nil)
    }

    @Test(
        "without good credentials, in one place, is none",
        arguments: [
            ([("client_id", id)], []),
            ([("client_secret", secret.text)], []),
            ([("client_id", id), ("client_secret", "guess")], []),
            ([("client_id", id), ("client_secret", secret.text)], [basic("\(id):\(secret.text)")]),
            ([("client_id", "app_other")], [basic("\(id):\(secret.text)")]),
            ([], []), ([], ["Bearer x"]), ([], ["Basic"]), ([], ["Basic !"]), ([], [basic("no colon")]),
            ([], [basic("\(id):\(secret.text)"), basic("\(id):\(secret.text)")]),
            ([("client_id", id), ("client_secret", secret.text)], [""]),
        ] as [([(String, String)], [String])]
    )
    func invalidClient(items: [(String, String)], authorization: [String]) {
        #expect(throws: APIError.invalidClient) {
            try Self.request([("grant_type", "client_credentials")] + items, authorization: authorization)
        }
    }

    @Test(
        "of another kind, or with a parameter twice, is told which field is at fault",
        arguments: [
            ([], "grant_type"), ([("grant_type", "")], "grant_type"), ([("grant_type", "password")], "grant_type"),
            (form + [("scope", "events_read"), ("scope", "events_write")], "scope"),
            (form + [("client_secret", secret.text)], "client_secret"),
        ] as [([(String, String)], String)]
    )
    func validation(items: [(String, String)], field: String) {
        let error = #expect(throws: APIError.self) { try Self.request(items) }
        guard case .validationFailed(let faults) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(faults.map(\.field) == [field])
    }

    @Test("a bearer token is an API token or has the form of a JWT")
    func bearerForms() {
        #expect(BearerToken("eyJh.eyJz.c2ln-_") == .access("eyJh.eyJz.c2ln-_"))
        for text in ["", "a", "a.b", "a.b.c.d", "a.b.c=", "a.b.ä", String(repeating: "a", count: 4_097) + ".b.c"] {
            #expect(BearerToken(text) == nil)
        }
        let secret = TokenSecret.random()
        #expect(BearerToken(secret.text) == .api(secret))
        #expect(BearerToken(secret.text)?.digest == secret.digest)
    }
}
