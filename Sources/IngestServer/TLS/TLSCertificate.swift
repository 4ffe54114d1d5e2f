import EventModel
import NIOCore
import NIOSSL
import Synchronization

/// The server's certificate and its key, read from PEM files.
///
/// ``reload()`` reads them again; connections that are open keep the certificate that they began with.
final class TLSCertificate: Sendable {
    /// The files could not be used.
    struct Unusable: Error, CustomStringConvertible {
        /// What is wrong, naming the files.
        var description: String
    }

    /// The name of HTTP/2 when a client and the server negotiate the protocol (RFC 9113, section 3.1).
    static let http2 = "h2"

    private let certificateFile: String
    private let keyFile: String
    private let current: Mutex<NIOSSLContext>

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - certificateFile: The certificate, followed by those that lead to the root.
    ///   - keyFile: Its private key, without a passphrase.
    /// - Throws: ``Unusable``.
    init(certificateFile: String, keyFile: String) throws(Unusable) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        current = Mutex(try TLSCertificate.context(certificateFile, keyFile))
    }

    /// Reads the files again; if they cannot be used, nothing changes.
    ///
    /// - Throws: ``Unusable``.
    func reload() throws(Unusable) {
        let context = try TLSCertificate.context(certificateFile, keyFile)
        current.withLock { $0 = context }
    }

    /// The handler for a new connection; it comes first in the connection's pipeline.
    func handler() -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: current.withLock { $0 })
    }

    private static func context(_ certificateFile: String, _ keyFile: String) throws(Unusable) -> NIOSSLContext {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw Unusable(description: "\(certificateFile) cannot be read, or holds no certificate in PEM form")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        } catch {
            throw Unusable(
                description: "\(keyFile) cannot be read, or holds no private key in PEM form without a passphrase"
            )
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        // How long the server waits for the client's farewell in its turn, even if it closes a connection at once.
        configuration.shutdownTimeout = .milliseconds(Limits.lingerMilliseconds)
        configuration.applicationProtocols = [http2, "http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw Unusable(description: "the key in \(keyFile) is not that of the certificate in \(certificateFile)")
        }
    }
}
