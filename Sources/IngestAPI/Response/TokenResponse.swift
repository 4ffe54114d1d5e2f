package import EventModel

/// The answer of `POST /oauth/token`.
package enum TokenResponse {
    /// The answer with a token (RFC 6749, section 5.1).
    package static func accessToken(_ token: String, scopes: ScopeSet, createdAt: Timestamp) -> APIResponse {
        let noStore = [APIResponse.Header("Cache-Control", "no-store"), .init("Pragma", "no-cache")]
        return APIResponse(status: 200, headers: noStore, reserving: 128 + token.utf8.count) { json in
            json.object { json in
                json.name("access_token")
                json.string(token)
                json.name("token_type")
                json.word("Bearer")
                json.name("expires_in")
                json.number(Limits.accessTokenSeconds)
                json.name("scope")
                json.string(scopes.scopes.map(\.rawValue).joined(separator: " "))
                json.name("created_at")
                json.number(createdAt.millisecondsSinceEpoch / 1_000)
            }
        }
    }
}
