/// How many requests an account may send.
public struct RateLimits: Sendable, Hashable, Codable {
    /// The time in which requests are counted. Windows begin with the minutes and the days of UTC.
    public enum Window: String, Sendable, Hashable, Codable, CaseIterable {
        /// 60 seconds.
        case minute
        /// 86,400 seconds.
        case day

        /// The window's length in seconds.
        public var seconds: Int64 {
            switch self {
            case .minute: 60
            case .day: 86_400
            }
        }
    }

    /// How many in a minute; nil means no limit.
    public var perMinute: Int64?
    /// How many in a day; nil means no limit.
    public var perDay: Int64?

    /// Creates limits.
    public init(perMinute: Int64? = nil, perDay: Int64? = nil) {
        self.perMinute = perMinute
        self.perDay = perDay
    }

    /// Whether the account has no limit in any window.
    public var isUnlimited: Bool { perMinute == nil && perDay == nil }

    /// The limit in a window; nil means no limit.
    public subscript(window: Window) -> Int64? {
        get {
            switch window {
            case .minute: perMinute
            case .day: perDay
            }
        }
        set {
            switch window {
            case .minute: perMinute = newValue
            case .day: perDay = newValue
            }
        }
    }
}

/// How much of its limits an account has left after a request.
public struct RateLimitReport: Sendable, Hashable {
    /// The account's limit in one window, and what is left of it.
    public struct Window: Sendable, Hashable {
        /// How many requests it may send in the window.
        public var limit: Int64
        /// How many of them are left.
        public var remaining: Int64
        /// When the next window begins, in seconds since 1970.
        public var resetsAt: Int64

        /// Creates a report on a window.
        package init(limit: Int64, remaining: Int64, resetsAt: Int64) {
            self.limit = limit
            self.remaining = remaining
            self.resetsAt = resetsAt
        }
    }

    /// The window of a minute; nil if the account has no limit in it.
    public var minute: Window?
    /// The window of a day; nil if the account has no limit in it.
    public var day: Window?
    /// In how many seconds the account may send another request; nil if this one was within its limits.
    public var retryAfterSeconds: Int64?

    /// Creates a report.
    package init(minute: Window?, day: Window?, retryAfterSeconds: Int64?) {
        self.minute = minute
        self.day = day
        self.retryAfterSeconds = retryAfterSeconds
    }
}
