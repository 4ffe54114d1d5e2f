package import EventModel

extension RateLimitReport {
    /// Writes the fields that show a client how much of its account's limits is left: three for each window that has a
    /// limit.
    package func write(to fields: inout some FieldSink) {
        if let minute {
            fields.add("X-RateLimit-Limit-Minute", minute.limit)
            fields.add("X-RateLimit-Remaining-Minute", minute.remaining)
            fields.add("X-RateLimit-Reset-Minute", minute.resetsAt)
        }
        if let day {
            fields.add("X-RateLimit-Limit-Day", day.limit)
            fields.add("X-RateLimit-Remaining-Day", day.remaining)
            fields.add("X-RateLimit-Reset-Day", day.resetsAt)
        }
    }

    /// These fields by themselves.
    package var headers: [APIResponse.Header] {
        var headers: [APIResponse.Header] = []
        write(to: &headers)
        return headers
    }
}
