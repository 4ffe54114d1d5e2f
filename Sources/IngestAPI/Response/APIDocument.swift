/// The OpenAPI 3.1 document of the HTTP contract, `openapi.json` beside this module's sources. What it says is held against
/// the routes and the answers by tests, and against the running server by `Tools/contract-test`.
package enum APIDocument {
    /// The document, JSON.
    package static let bytes: [UInt8] = PackageResources.openapi_json

    /// The answer to `GET /openapi.json`.
    package static let response = APIResponse(status: 200, reserving: bytes.count) { $0.raw(bytes) }
}
