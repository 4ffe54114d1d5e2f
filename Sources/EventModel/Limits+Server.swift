/// What holds for connections, for bodies and answers on their way, and for the control socket.
extension Limits {
    /// The files that a server keeps for the store, its sockets and its logs beside connections.
    public static let reservedFiles = 64
    /// The fewest files that a server keeps beside those of its threads and connections: those of the store's writer and readers,
    /// and a few sockets.
    public static let leastFiles = 32
    /// The most connections that the server holds at once.
    public static let connections = 10_000
    /// The most streams of HTTP/2 that a client may have open on a connection.
    public static let streamsPerConnection = 100
    /// Of how many streams that were reset a connection knows it, so that what is still on its way to them is no fault: ten
    /// times as many as may be open.
    public static let recentlyResetStreams = 10 * streamsPerConnection
    /// The most streams over all connections; one more is refused as overloaded.
    public static let streams = 20_000
    /// How much a client may send on a stream of HTTP/2 before it has to wait for it to be read, in bytes.
    public static let streamWindowBytes = 256 * 1_024
    /// The same for all streams of a connection.
    public static let connectionWindowBytes = 1_024 * 1_024
    /// How many streams of a connection a client may begin and take back within the time below; beyond it the connection is
    /// ended.
    public static let streamResets = 200
    /// That time, in milliseconds.
    public static let streamResetWindowMilliseconds: Int64 = 30_000
    /// The most answers to pings and settings that wait for a client to read them.
    public static let bufferedControlFrames = 1_000
    /// The most bytes of a connection of HTTP/1.1 that are parsed at a time: as many of the shortest requests as fit in it may
    /// wait, parsed, for the one before them.
    public static let parsedBytes = 4 * 1_024
    /// The most bytes of bodies that are held while they come in, over all connections. On the ingest routes over HTTP/1.1 a
    /// body that comes in one piece does not count.
    public static let receivedBytes = 256 * 1_024 * 1_024
    /// What inflating a body takes beside the body: a window of 32 KiB, and what zlib keeps
    /// (https://zlib.net/zlib_tech.html).
    public static let inflaterBytes = 40 * 1_024
    /// The most pages of events that are read and written as JSON at a time; others wait for their turn.
    public static let pagesInTheMaking = 2 * readConnections
    /// The most bytes of large answers that wait to be read by their clients, over all connections.
    public static let answerBytes = 256 * 1_024 * 1_024
    /// The same of the document of the routes, for which nobody has to show a token.
    public static let documentAnswerBytes = 32 * 1_024 * 1_024
    /// The largest answer that does not count for it, in bytes.
    public static let smallAnswerBytes = 16 * 1_024
    /// How long a client may take over the head of a request, in milliseconds.
    public static let requestHeadTimeoutMilliseconds: Int64 = 10_000
    /// How long a client may take over the body of a request, in milliseconds.
    public static let requestBodyTimeoutMilliseconds: Int64 = 30_000
    /// How long a connection may stay open without a request, in milliseconds.
    public static let idleConnectionMilliseconds: Int64 = 75_000
    /// How long a stopping server waits for requests that are under way, in milliseconds.
    public static let shutdownGraceMilliseconds: Int64 = 25_000
    /// How long a stopping server waits then for requests of the operator, in milliseconds: on the port for metrics, and on
    /// the control socket.
    public static let operatorGraceMilliseconds: Int64 = 1_000
    /// How long a client may read nothing of an answer that waits for it, in milliseconds.
    public static let responseStallMilliseconds: Int64 = 30_000
    /// How long a connection that is being ended is kept for the client to read the last answer, in milliseconds.
    public static let lingerMilliseconds: Int64 = 1_000
    /// How much a connection that is being ended still reads and throws away, in bytes: as much as the largest body, so
    /// that a client that sends all of it before it reads still gets the answer.
    public static let lingerBytes = batchBodyBytes
    /// The longest field of a request's head, in bytes.
    public static let headerFieldBytes = 8 * 1_024
    /// The largest head of a request, in bytes.
    public static let headerListBytes = 32 * 1_024
    /// The most fields in the head of a request.
    public static let headerFields = 64
    /// The most addresses and blocks of them that are trusted as proxies.
    public static let trustedProxies = 256
    /// The longest `tracestate` that is passed on, in bytes.
    public static let traceStateBytes = 512
    /// The largest message on the control socket, in bytes: the largest contact fits, however much of it is escaped.
    public static let controlMessageBytes = 256 * 1_024
    /// How long the process that holds a store may take to answer on the control socket, in milliseconds.
    public static let controlAnswerTimeoutMilliseconds: Int64 = 30_000
    /// How often a change is tried while the process that holds the store does not listen on the control socket.
    public static let changeAttempts = 10
    /// The time between two of these attempts, in milliseconds.
    public static let changeAttemptMilliseconds: Int64 = 50

    /// The most connections that the port for metrics holds at once.
    public static let metricsConnections = 64
    /// The largest answer of figures on the control socket, in bytes.
    public static let figuresBytes = 1_024 * 1_024
}
