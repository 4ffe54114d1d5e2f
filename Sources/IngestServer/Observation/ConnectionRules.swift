import EventModel
import Logging

/// What holds for all connections of a port, and what is told of their requests.
struct ConnectionRules: Sendable {
    /// Whether requests must name a host: on a port they must, on a Unix socket there is none.
    var needsHost = true
    /// Which web pages may use the server; nil for none.
    var pages: CORSPolicy?
    /// The proxies whose word counts for whom a request is from; nil for none.
    var proxies: TrustedProxies?
    /// How requests are traced; nil where they are not.
    var tracing: RequestTracing?
    /// Where a line a request is logged; nil for nowhere.
    var accessLog: Logger?
    /// What large answers take from until they are out.
    var answers = MemoryBudget(bytes: Limits.answerBytes)
    /// What the document of the routes takes from in place of that.
    var documents = MemoryBudget(bytes: Limits.documentAnswerBytes)
    /// What is told of requests goes here, and not where the libraries log.
    var logger: Logger
}

extension ConnectionRules {
    /// Those of the port for everybody.
    init(
        _ settings: ServerSettings,
        _ limits: ConnectionLimits = ConnectionLimits(),
        tracing: RequestTracing,
        logger: Logger
    ) {
        // Whoever asks for a line a request gets it, however little else is logged.
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
