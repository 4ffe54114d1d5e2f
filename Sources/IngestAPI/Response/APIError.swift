package import EventModel

/// A failure that is answered with the error envelope, `{"error":{"code":…,"message":…,"details":[…]}}`: every failure
/// except a rejected payload of `POST /v1/events`.
package enum APIError: Error, Sendable, Hashable {
    /// The request is malformed, in its HTTP, its query or its body; the message says how.
    case badRequest(String)
    /// The token is missing, malformed, unknown, expired or revoked; the answer does not say which.
    case unauthorized
    /// The token is valid but lacks a scope.
    case insufficientScope(Scope)
    /// There is no such route, or nothing with that id in the account.
    case notFound
    /// The route exists, but with other methods.
    case methodNotAllowed(allowed: [String])
    /// The client does not accept the type of the route's answers.
    case notAcceptable
    /// The client took too long to send its request.
    case requestTimeout
    /// The address or the number of a contact that would be created belongs to other contacts.
    case contactExists([ContactChange.Taken])
    /// The body is larger than is accepted.
    case payloadTooLarge(limitBytes: Int)
    /// The body is declared as a type that the route does not accept.
    case unsupportedMediaType(allowed: [String])
    /// The body has a content coding that the route does not accept.
    case unsupportedContentCoding(takesGzip: Bool)
    /// Values of a request other than an ingest break a rule.
    case validationFailed([InvalidValue])
    /// The account is strict, and the key was first used with another payload.
    case idempotencyKeyReused
    /// The account is over its limit of requests.
    case rateLimited(retryAfterSeconds: Int)
    /// The head of the request is larger than is accepted.
    case headerFieldsTooLarge
    /// The client of an OAuth token request is unknown, or its secret is wrong.
    case invalidClient
    /// An OAuth token request asks for a scope that does not exist or is not the client's.
    case invalidScope
    /// Something that should not happen.
    case internalError
    /// As much is waiting to be written, or read, as is allowed to wait.
    case overloaded
    /// The store cannot keep the event (the disk is full, I/O failed, or the store is closing); nothing of it is kept.
    case storageUnavailable(retryAfterSeconds: Int)
    /// A write or a sync failed while this was stored, or before. Whether it was stored is unknown until the store is
    /// opened again.
    case storageInDoubt(retryAfterSeconds: Int)
    /// The store cannot be read, which takes an operator or a restart unless the disk is full; the request would not
    /// have stored anything.
    case storageUnreadable(retryAfterSeconds: Int)
    /// The account holds as many events or contacts as it can. Repeating the request will not change that, so it is not
    /// a 503.
    case accountFull
    /// The server does not accept events now; the message says why.
    case notReady(String)

    /// The answer.
    package var response: APIResponse {
        APIResponse(status: status, headers: headers) { json in
            json.object { json in
                json.name("error")
                json.object { json in
                    json.name("code")
                    json.string(code)
                    json.name("message")
                    json.string(message)
                    if case .contactExists(let holders) = self {
                        json.name("id")
                        json.string(holders.first?.contact.description)
                    }
                    if let faults = details {
                        json.name("details")
                        json.faults(faults)
                    }
                }
            }
        }
    }

    /// What is wrong with which field; nil if no fields are at fault.
    private var details: [InvalidValue]? {
        switch self {
        case .validationFailed(let faults):
            faults
        case .contactExists(let holders):
            holders.map { InvalidValue(field: $0.address.field, message: "belongs to the contact \($0.contact)") }
        default:
            nil
        }
    }

    private var headers: [APIResponse.Header] {
        switch self {
        case .contactExists(let holders):
            holders.prefix(1).map { .init("Location", ContactResponse.path(of: $0.contact)) }
        case .unauthorized: [.init("WWW-Authenticate", "Bearer")]
        case .invalidClient, .invalidScope: [.init("WWW-Authenticate", "Basic realm=\"oauth\"")]
        // RFC 6750, section 3.1.
        case .insufficientScope(let scope):
            [.init("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"\(scope.rawValue)\"")]
        case .methodNotAllowed(let allowed): [.init("Allow", allowed.joined(separator: ", "))]
        // RFC 9110, section 15.5.16.
        case .unsupportedContentCoding(let takesGzip): [.init("Accept-Encoding", takesGzip ? "gzip" : "identity")]
        case .overloaded, .notReady: [.init("Retry-After", "1")]
        case .storageUnavailable(let seconds), .storageInDoubt(let seconds), .storageUnreadable(let seconds),
            .rateLimited(let seconds):
            [.init("Retry-After", "\(seconds)")]
        default: []
        }
    }
}
