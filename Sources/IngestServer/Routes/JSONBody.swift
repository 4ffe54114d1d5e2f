import HTTPTypes
import Hummingbird
import IngestAPI
import NIOCore

/// The body of a request that the router answers.
enum JSONBody {
    /// Checks the declared size and the type, and collects the body.
    ///
    /// - Throws: ``APIError/payloadTooLarge(limitBytes:)``, ``APIError/unsupportedMediaType(allowed:)``.
    static func collect(
        from request: Request,
        in context: PublicContext,
        upTo limit: Int
    ) async throws -> ByteBuffer {
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > limit {
            throw APIError.payloadTooLarge(limitBytes: limit)
        }
        guard RequestHead.batchFormat(contentType: FieldValue(request.headers[values: .contentType])) == .array else {
            throw APIError.unsupportedMediaType(allowed: [RequestHead.jsonType])
        }
        context.expectBody()
        do {
            return try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw APIError.payloadTooLarge(limitBytes: limit)
        }
    }
}
