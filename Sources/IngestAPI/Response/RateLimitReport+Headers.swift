package import EventModel

extension RateLimitReport {
    /// The fields that tell a client where its account stands: three for each window in which it is limited.
    package var headers: [APIResponse.Header] {
        var headers: [APIResponse.Header] = []
        headers.reserveCapacity(6)
        if let minute {
            headers.append(.init("X-RateLimit-Limit-Minute", String(minute.limit)))
            headers.append(.init("X-RateLimit-Remaining-Minute", String(minute.remaining)))
            headers.append(.init("X-RateLimit-Reset-Minute", String(minute.resetsAt)))
        }
        if let day {
            headers.append(.init("X-RateLimit-Limit-Day", String(day.limit)))
            headers.append(.init("X-RateLimit-Remaining-Day", String(day.remaining)))
            headers.append(.init("X-RateLimit-Reset-Day", String(day.resetsAt)))
        }
        return headers
    }
}
