import EventLedger
import Logging
import NIOCore

/// The form of the log on standard error.
enum LogFormat: String, Sendable, CaseIterable {
    case text
    case json
}

/// A setting that is one of two.
enum Switch: String, Sendable, CaseIterable {
    case off
    case on
}

/// How the server is set up.
struct ServerSettings: Sendable, Hashable {
    /// The store's file.
    var store = "./events.db"
    /// The address to listen on.
    var host = "127.0.0.1"
    /// The port to listen on; 0 takes a free one.
    var port = 8_080
    /// The threads that serve connections.
    var threads = System.coreCount
    /// The most connections at once.
    var connections = Limits.connections
    /// The file with the certificate to encrypt connections with; nil to encrypt none.
    var tlsCertificate: String?
    /// The file with the certificate's key.
    var tlsKey: String?
    /// Which web pages may use the server; nil for none.
    var pages: CORSPolicy?
    /// The issuer whose access tokens are valid besides the store's own; nil for none.
    var issuer: IssuerSettings?
    /// The proxies that are believed about whom a request is from; nil for none.
    var proxies: TrustedProxies?
    /// The port to serve metrics on; nil for none, 0 takes a free one.
    var metricsPort: Int?
    /// The address to serve metrics on.
    var metricsHost = "127.0.0.1"
    /// The least important messages that are logged.
    var logLevel = Logger.Level.info
    /// The form of the log.
    var logFormat = LogFormat.text
    /// Whether a line is logged for each request.
    var logsAccess = false

    /// A setting that cannot be used.
    struct Invalid: Error, Hashable, CustomStringConvertible {
        /// Where the setting came from: a flag, a variable, or a key and its file.
        var source: String
        /// What is wrong and what would be valid.
        var message: String

        var description: String { "\(source) \(message)" }
    }
}
