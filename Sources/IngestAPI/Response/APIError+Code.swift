import EventModel

extension APIError {
    /// The HTTP status code.
    package var status: Int {
        switch self {
        case .badRequest: 400
        case .unauthorized, .invalidClient, .invalidScope: 401
        case .insufficientScope: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .notAcceptable: 406
        case .requestTimeout: 408
        case .contactExists: 409
        case .payloadTooLarge: 413
        case .unsupportedMediaType, .unsupportedContentCoding: 415
        case .validationFailed, .idempotencyKeyReused: 422
        case .rateLimited: 429
        case .headerFieldsTooLarge: 431
        case .internalError: 500
        case .overloaded, .storageUnavailable, .storageInDoubt, .storageUnreadable, .notReady: 503
        case .accountFull: 507
        }
    }

    /// The envelope's `code`, by which clients tell failures apart; a code never changes its meaning.
    package var code: String {
        switch self {
        case .badRequest: "bad_request"
        case .unauthorized: "unauthorized"
        case .insufficientScope: "insufficient_scope"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .notAcceptable: "not_acceptable"
        case .requestTimeout: "request_timeout"
        case .contactExists: "conflict"
        case .payloadTooLarge: "payload_too_large"
        case .unsupportedMediaType, .unsupportedContentCoding: "unsupported_media_type"
        case .validationFailed: "validation_failed"
        case .idempotencyKeyReused: "idempotency_key_reused"
        case .rateLimited: "rate_limited"
        case .headerFieldsTooLarge: "header_fields_too_large"
        case .invalidClient: "invalid_client"
        case .invalidScope: "invalid_scope"
        case .internalError: "internal_error"
        case .overloaded: "overloaded"
        case .storageUnavailable, .storageInDoubt, .storageUnreadable: "storage_unavailable"
        case .accountFull: "account_full"
        case .notReady: "not_ready"
        }
    }

    /// The envelope's `message`: what went wrong and, if it is not obvious, what to do.
    package var message: String {
        switch self {
        case .badRequest(let message), .notReady(let message): message
        case .unauthorized: "Bearer token is missing or invalid"
        case .insufficientScope(let scope): "The token lacks the scope \(scope.rawValue)"
        case .notFound: "There is no such resource"
        case .methodNotAllowed(let allowed): "This resource answers only to \(allowed.joined(separator: ", "))"
        case .notAcceptable: "The response is of type \(RequestHead.jsonType), which the Accept header does not allow"
        case .requestTimeout: "The request took too long to arrive"
        case .contactExists(let holders):
            holders.count > 1
                ? "Contacts with this email and with this phone number exist already"
                : "A contact with this \(holders.first?.address == .phoneNumber ? "phone number" : "email") exists already"
        case .payloadTooLarge(let limit): "The body must have at most \(limit) bytes"
        case .unsupportedMediaType(let allowed): "The body must be of the type \(allowed.joined(separator: " or "))"
        case .unsupportedContentCoding(takesGzip: true): "The body must be sent as it is, or compressed with gzip"
        case .unsupportedContentCoding(takesGzip: false): "The body must be sent as it is, without a content coding"
        case .validationFailed: "Some values of the request break a rule; see details"
        case .idempotencyKeyReused:
            "The idempotency key was first used with another payload; use a new key for a new event"
        case .rateLimited: "The account has sent too many requests; try again later"
        case .headerFieldsTooLarge: "The header fields of the request are too many or too large"
        case .invalidClient: "The client is unknown, or its secret is wrong"
        case .invalidScope: "The scope is unknown, or is not the client's"
        case .internalError: "Something went wrong in the server; try again with the same key"
        case .overloaded: "The server is overloaded; try again with the same key"
        case .storageUnavailable: "The store is unavailable and nothing was stored; try again with the same key"
        case .storageUnreadable: "The store cannot be read; try again later"
        case .storageInDoubt:
            "Writing to the store failed, and it is not known whether this was stored; to find out, send the event again with its key"
        case .accountFull: "The account holds as many events or contacts as it can, and nothing was stored"
        }
    }
}
