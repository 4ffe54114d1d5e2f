/// The OpenAPI 3.1 document of the HTTP contract, `openapi.json` beside this module's sources. Tests compare it with
/// the routes and the answers, and `Tools/contract-test` compares it with the running server.
package enum APIDocument {
    /// The document as JSON.
    package static let bytes: [UInt8] = PackageResources.openapi_json

    /// The answer to `GET /openapi.json`.
    package static let response = APIResponse(status: 200, reserving: bytes.count) { $0.raw(bytes) }
}
