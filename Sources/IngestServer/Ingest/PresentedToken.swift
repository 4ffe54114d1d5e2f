import EventLedger
import IngestAPI

/// The token of a request, and its hash.
///
/// Keeping it saves hashing the same token again for the next request; what the token allows is asked for each request.
struct PresentedToken {
    /// The `Authorization` field that it was read from.
    let field: FieldValue
    /// The token; nil if the field holds none.
    let token: BearerToken?
    /// The token's hash.
    let digest: TokenDigest?

    init(_ field: FieldValue) {
        self.field = field
        token = RequestHead.bearerToken(authorization: field)
        digest = token?.digest
    }
}
