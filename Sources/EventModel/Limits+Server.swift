/// Limits for connections, for bodies and answers in transit, and for the control socket.
extension Limits {
    /// How many open files a server reserves, besides its connections, for the store, its sockets and its logs.
    public static let reservedFiles = 64
    /// The fewest open files that a server reserves besides those of its threads and connections: for the store's
    /// writer and readers, and a few sockets.
    public static let leastFiles = 32
    /// The most connections that the server holds at once.
    public static let connections = 10_000
    /// The most streams of HTTP/2 that a client may have open on a connection.
    public static let streamsPerConnection = 100
    /// How many reset streams a connection remembers, so that frames still in transit to them are not treated as
    /// errors: ten times as many as may be open.
    public static let recentlyResetStreams = 10 * streamsPerConnection
    /// The most streams over all connections; one more is refused as overloaded.
    public static let streams = 20_000
    /// How much a client may send on a stream of HTTP/2 before it has to wait for the server to read it, in bytes.
    public static let streamWindowBytes = 256 * 1_024
    /// The same for all streams of a connection.
    public static let connectionWindowBytes = 1_024 * 1_024
    /// How many streams of a connection a client may open and reset within the time below; if it resets more, the
    /// server ends the connection.
    public static let streamResets = 200
    /// That time, in milliseconds.
    public static let streamResetWindowMilliseconds: Int64 = 30_000
    /// The most answers to `PING` and `SETTINGS` frames that wait for a client to read them.
    public static let bufferedControlFrames = 1_000
    /// The most bytes of an HTTP/1.1 connection that are parsed at a time. It also bounds how many parsed requests wait
    /// for the one before them: as many of the shortest requests as fit in these bytes.
    public static let parsedBytes = 4 * 1_024
    /// The most bytes of bodies held while they arrive, over all connections. An uncompressed body on the ingest routes
    /// over HTTP/1.1 that arrives in one piece does not count.
    public static let receivedBytes = 256 * 1_024 * 1_024
    /// The memory for inflating a body, besides the body itself: a window of 32 KiB, and zlib's own state
    /// (https://zlib.net/zlib_tech.html).
    public static let inflaterBytes = 40 * 1_024
    /// The most pages of events that are read and written as JSON at the same time; others wait for their turn.
    public static let pagesInTheMaking = 2 * readConnections
    /// The most bytes of large answers that wait to be read by their clients, over all connections.
    public static let answerBytes = 256 * 1_024 * 1_024
    /// The same for the OpenAPI document, which is served without a token.
    public static let documentAnswerBytes = 32 * 1_024 * 1_024
    /// The largest answer that does not count towards these limits, in bytes.
    public static let smallAnswerBytes = 16 * 1_024
    /// How long a client may take to send the head of a request, in milliseconds.
    public static let requestHeadTimeoutMilliseconds: Int64 = 10_000
    /// How long a client may take to send the body of a request, in milliseconds.
    public static let requestBodyTimeoutMilliseconds: Int64 = 30_000
    /// How long a connection may stay open without a request, in milliseconds.
    public static let idleConnectionMilliseconds: Int64 = 75_000
    /// How long a stopping server waits for requests in progress, in milliseconds.
    public static let shutdownGraceMilliseconds: Int64 = 25_000
    /// How long a stopping server then waits for requests of the operator, in milliseconds: those on the port for
    /// metrics and on the control socket.
    public static let operatorGraceMilliseconds: Int64 = 1_000
    /// How long a client may go without reading any of an answer that waits for it, in milliseconds.
    public static let responseStallMilliseconds: Int64 = 30_000
    /// How long the server keeps a connection that it is ending, so that the client can read the last answer, in
    /// milliseconds.
    public static let lingerMilliseconds: Int64 = 1_000
    /// How much the server still reads and discards from a connection that it is ending, in bytes. It is as much as the
    /// largest body, so that a client that sends its whole body before it reads still gets the answer.
    public static let lingerBytes = batchBodyBytes
    /// The longest field of a request's head, in bytes.
    public static let headerFieldBytes = 8 * 1_024
    /// The largest head of a request, in bytes.
    public static let headerListBytes = 32 * 1_024
    /// The most fields in the head of a request.
    public static let headerFields = 64
    /// The most addresses and address blocks that are trusted as proxies.
    public static let trustedProxies = 256
    /// The longest `tracestate` that is passed on, in bytes.
    public static let traceStateBytes = 512
    /// The largest message on the control socket, in bytes; the largest contact fits even if all of it is escaped.
    public static let controlMessageBytes = 256 * 1_024
    /// How long the process that holds a store may take to answer on the control socket, in milliseconds.
    public static let controlAnswerTimeoutMilliseconds: Int64 = 30_000
    /// How many times a change is tried while the process that holds the store does not listen on the control socket.
    public static let changeAttempts = 10
    /// The time between two of these attempts, in milliseconds.
    public static let changeAttemptMilliseconds: Int64 = 50

    /// The most connections that the port for metrics holds at once.
    public static let metricsConnections = 64
    /// The largest answer of figures on the control socket, in bytes.
    public static let figuresBytes = 1_024 * 1_024
}
