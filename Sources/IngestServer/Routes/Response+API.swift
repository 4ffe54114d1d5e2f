import HTTPTypes
import Hummingbird
import IngestAPI
import NIOCore

extension Request {
    /// Checks that the client accepts JSON. Answers about health, and errors, are sent whatever the client accepts.
    ///
    /// - Throws: ``APIError/notAcceptable``.
    func checkAcceptsJSON() throws(APIError) {
        guard RequestHead.acceptsJSON(headers[.accept].map { .once($0) } ?? .absent) else { throw .notAcceptable }
    }
}

extension Response {
    /// An answer in the form in which the router hands it out; the connection adds the request's id.
    init(_ response: APIResponse) {
        var fields = HTTPFields()
        for header in response.headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            fields.append(HTTPField(name: name, value: header.value))
        }
        self.init(
            status: .init(code: response.status),
            headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: response.body))
        )
    }
}
