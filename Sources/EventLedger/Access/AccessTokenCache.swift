import EventModel

/// The access tokens whose signatures were checked, at most ``Limits/accessTokensInMemory`` of them.
struct AccessTokenCache {
    /// What is remembered of a token.
    struct Entry {
        var grant: TokenIndex.Grant
        var clientID: String
        var signingKey: Int64
    }

    private let capacity: Int
    private var entries: [TokenDigest: Entry] = [:]

    init(capacity: Int = Limits.accessTokensInMemory) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    subscript(digest: TokenDigest) -> TokenIndex.Grant? { entries[digest]?.grant }

    /// Remembers a token. If the cache is full, it forgets the tokens that have expired, and then others until at most
    /// half of its capacity is used. A forgotten token costs one check of its signature when it comes again.
    mutating func insert(_ entry: Entry, _ digest: TokenDigest, at now: Timestamp) {
        if entries.count >= capacity, entries[digest] == nil {
            removeAll { ($0.grant.expiresAt ?? now) <= now }
            if entries.count > capacity / 2 {
                for digest in Array(entries.keys.prefix(entries.count - capacity / 2)) { entries[digest] = nil }
            }
        }
        entries[digest] = entry
    }

    mutating func removeAll(where isRemoved: (Entry) -> Bool) {
        entries = entries.filter { !isRemoved($0.value) }
    }

    mutating func setRateLimiter(_ limiter: RateLimiter?, of account: Account.ID) {
        for (digest, entry) in entries where entry.grant.account == account {
            entries[digest]?.grant.rateLimiter = limiter
        }
    }
}
