/// What can be measured separately, in the order in which it is measured.
enum FigureGroup: String, CaseIterable {
    case callers
    case fewCallers = "few-callers"
    case lists
    case flatness
    case size
    case oneEvent = "one-event"
    case latency
    case replays
    case feed
    case reopen
    case http
    case httpReplays = "http-replays"
    case httpBatch = "http-batch"
    case httpGuarded = "http-guarded"
    case databases

    /// What it is, on one line.
    var summary: String {
        switch self {
        case .callers: "new keys from 1,024 concurrent callers"
        case .fewCallers: "the same from 64 callers"
        case .lists: "the same in lists of 1,000"
        case .flatness: "the last million beside the second, taken in turns"
        case .size: "disk and memory"
        case .oneEvent: "one event at a time, nothing else going on"
        case .latency: "how long calls take at half of the top rate"
        case .replays: "stored keys again, in random order, after a reopen"
        case .feed: "reading the feed"
        case .reopen: "opening a store that was killed under load"
        case .http: "new keys over HTTP, the server on one core and the load on the other"
        case .httpReplays: "stored keys over HTTP"
        case .httpBatch: "new keys over HTTP, 500 a request"
        case .httpGuarded: "all of that with an access token, limits, metrics and traces"
        case .databases: "the same transaction in PostgreSQL and Redis (only with --peers)"
        }
    }
}
