/// The path of a request target, taken apart.
enum RequestPath {
    /// The segments of a path; nil for a path with an empty one or without a slash at its beginning, which is none of
    /// ours.
    ///
    /// The router ignores empty segments. If somebody forgot the id in `/v1/contacts/{id}`, another route would answer,
    /// and another contact would be deleted.
    static func segments(of path: Substring.UTF8View) -> [Substring]? {
        let slash = UInt8(ascii: "/")
        guard path.first == slash else { return nil }
        let segments = path.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
        return segments.contains(where: \.isEmpty) ? nil : segments.map { Substring($0) }
    }

    /// A request target's path and its query (RFC 9112, section 3.2); nil for what has neither.
    ///
    /// A target has no fragment; a request with one is refused.
    static func parts(of target: String) -> (path: Substring.UTF8View, query: Substring)? {
        var resource = Substring(target).utf8
        if resource.first != UInt8(ascii: "/") {
            // The absolute form, which a server has to understand: "http://host/v1/events".
            guard let colon = resource.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let rest = resource[colon...]
            guard rest.starts(with: "://".utf8) else { return nil }
            resource = rest.dropFirst(3).drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        }
        let path = resource.prefix { $0 != UInt8(ascii: "?") }
        return (path, Substring(resource.dropFirst(path.count + 1)))
    }
}
