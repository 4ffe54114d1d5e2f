package import EventModel

/// What a running server reports about itself on the control socket, at `GET /figures`.
package struct LiveFigures: Sendable, Hashable, Codable {
    /// The answers with the same route, method and status.
    package struct Answers: Sendable, Hashable, Codable {
        /// The route's path as documented.
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

    /// How long the server has been running, in seconds.
    package var uptimeSeconds: Double
    /// How many answers of each kind were given.
    package var answers: [Answers]
    /// How long the answers took, in seconds, over all routes.
    package var answerSeconds: Histogram
    /// How many connections are open.
    package var connections: Int
    /// Events accepted, keys that came again, and those that came with another payload, since the server was started.
    package var acceptedEvents: UInt64
    package var replays: UInt64
    package var mismatches: UInt64
    /// How many commands wait for the writer.
    package var queuedCommands: Int
    /// How many events a transaction has, and how long its commit takes, in seconds.
    package var eventsPerTransaction: Histogram
    package var commitSeconds: Histogram
    package var writeAheadLogBytes: Int64
    /// The process's resident memory in bytes, and how many files it has open; nil if the system does not say.
    package var residentBytes: Int?
    package var openFiles: Int?
    /// Why the store accepts no events now; nil if it does accept them.
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
