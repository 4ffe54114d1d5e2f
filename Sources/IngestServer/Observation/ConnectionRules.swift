import EventModel
import Logging

/// The rules for all connections of a port, and what is reported about their requests.
struct ConnectionRules: Sendable {
    /// Whether requests must name a host: on a port they must, but a Unix socket has none.
    var needsHost = true
    /// Which web pages may use the server; nil for none.
    var pages: CORSPolicy?
    /// The proxies that are believed about whom a request is from; nil for none.
    var proxies: TrustedProxies?
    /// How requests are traced; nil if they are not.
    var tracing: RequestTracing?
    /// Where one line per request is logged; nil if none is.
    var accessLog: Logger?
    /// The budget that large answers take from until they are sent.
    var answers = MemoryBudget(bytes: Limits.answerBytes)
    /// The budget that the document of the routes takes from instead.
    var documents = MemoryBudget(bytes: Limits.documentAnswerBytes)
    /// Where reports about requests go; the libraries log elsewhere.
    var logger: Logger
}

extension ConnectionRules {
    /// The rules of the port for everybody.
    init(
        _ settings: ServerSettings,
        _ limits: ConnectionLimits = ConnectionLimits(),
        tracing: RequestTracing,
        logger: Logger
    ) {
        // Whoever asks for one line per request gets it, however little else is logged.
        var accessLog = logger
        accessLog.logLevel = .info
        self.init(
            pages: settings.pages,
            proxies: settings.proxies,
            tracing: tracing,
            accessLog: settings.logsAccess ? accessLog : nil,
            answers: MemoryBudget(bytes: limits.answerBytes),
            documents: MemoryBudget(bytes: limits.documentAnswerBytes),
            logger: logger
        )
    }
}
