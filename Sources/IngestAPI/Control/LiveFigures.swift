package import EventModel

/// What a running server tells about itself on the control socket, at `GET /figures`.
package struct LiveFigures: Sendable, Hashable, Codable {
    /// The answers of one kind.
    package struct Answers: Sendable, Hashable, Codable {
        /// The route's path, as it is documented.
        package var route: String
        package var method: String
        package var status: Int
        package var count: UInt64

        package init(route: String, method: String, status: Int, count: UInt64) {
            self.route = route
            self.method = method
            self.status = status
            self.count = count
        }
    }

    /// For how long the server has been running, in seconds.
    package var uptimeSeconds: Double
    /// What the answers were.
    package var answers: [Answers]
    /// How long they took, in seconds, over all routes.
    package var answerSeconds: Histogram
    /// The connections that are open.
    package var connections: Int
    /// Events accepted, keys that came again, and those of them with another payload, since the server was started.
    package var acceptedEvents: UInt64
    package var replays: UInt64
    package var mismatches: UInt64
    /// Commands that wait for the writer.
    package var queuedCommands: Int
    /// Events of a transaction, and how long its commit took, in seconds.
    package var eventsPerTransaction: Histogram
    package var commitSeconds: Histogram
    package var writeAheadLogBytes: Int64
    /// What the process has in memory, in bytes, and how many files are open; nil where the system does not tell.
    package var residentBytes: Int?
    package var openFiles: Int?
    /// Why the store takes no events now; nil where it does.
    package var notReady: String?

    package init(
        uptimeSeconds: Double,
        answers: [Answers],
        answerSeconds: Histogram,
        connections: Int,
        acceptedEvents: UInt64,
        replays: UInt64,
        mismatches: UInt64,
        queuedCommands: Int,
        eventsPerTransaction: Histogram,
        commitSeconds: Histogram,
        writeAheadLogBytes: Int64,
        residentBytes: Int?,
        openFiles: Int?,
        notReady: String?
    ) {
        self.uptimeSeconds = uptimeSeconds
        self.answers = answers
        self.answerSeconds = answerSeconds
        self.connections = connections
        self.acceptedEvents = acceptedEvents
        self.replays = replays
        self.mismatches = mismatches
        self.queuedCommands = queuedCommands
        self.eventsPerTransaction = eventsPerTransaction
        self.commitSeconds = commitSeconds
        self.writeAheadLogBytes = writeAheadLogBytes
        self.residentBytes = residentBytes
        self.openFiles = openFiles
        self.notReady = notReady
    }
}
