import EventLedger
import HTTPTypes
import Hummingbird
import IngestAPI
import NIOCore

/// The body of a request that the router answers: JSON, or a form.
enum RoutedBody {
    case json
    case form

    /// Checks the head of a request, and collects its body.
    ///
    /// The declared size, the type and the coding of the content, and the type of the answer are checked in the order
    /// of the contract. Only events are worth compressing; these bodies are small, and are taken as they are.
    ///
    /// - Throws: ``APIError/payloadTooLarge(limitBytes:)``, ``APIError/unsupportedMediaType(allowed:)``,
    ///   ``APIError/unsupportedContentCoding(takesGzip:)``, ``APIError/notAcceptable``; ``APIError/overloaded`` if the
    ///   budget has no room for the body.
    func collect(
        from request: Request,
        in context: PublicContext,
        upTo limit: Int,
        takingFrom budget: MemoryBudget,
        of account: Account.ID? = nil
    ) async throws -> CollectedBody {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > limit { throw APIError.payloadTooLarge(limitBytes: limit) }
        guard isDeclared(by: FieldValue(request.headers[values: .contentType])) else {
            throw APIError.unsupportedMediaType(allowed: [contentType])
        }
        guard RequestHead.contentCoding(FieldValue(request.headers[values: .contentEncoding])) == .identity else {
            throw APIError.unsupportedContentCoding(takesGzip: false)
        }
        try request.checkAcceptsJSON()
        context.expectBody()
        var body = ReceivedBody(budget: budget, reservesAll: true, of: account)
        do {
            for try await piece in request.body {
                try body.append(piece, limitBytes: limit, declaredBytes: declared)
            }
        } catch {
            body.drop()
            throw error
        }
        return CollectedBody(bytes: body.takeBytes(), reservation: body.takeReservation())
    }

    private var contentType: String {
        switch self {
        case .json: RequestHead.jsonType
        case .form: TokenRequest.contentType
        }
    }

    private func isDeclared(by field: FieldValue) -> Bool {
        switch self {
        case .json: RequestHead.batchFormat(contentType: field) == .array
        case .form: RequestHead.isForm(contentType: field)
        }
    }
}

/// A body that has come in, and what it has taken from the server's budget until nothing refers to it any more.
struct CollectedBody: Sendable {
    let bytes: ByteBuffer
    let reservation: MemoryReservation

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(reservation) { try bytes.withUnsafeReadableBytes(body) }
    }
}
