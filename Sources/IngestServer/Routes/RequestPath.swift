/// The path of a request target, taken apart.
enum RequestPath {
    /// The segments of a path; nil for a path that has an empty one or does not begin with a slash, which is none of ours.
    ///
    /// The router makes nothing of empty segments. Whoever forgets the id in `/v1/contacts/{id}` would have another route
    /// answer, and another contact deleted.
    static func segments(of path: Substring.UTF8View) -> [Substring]? {
        let slash = UInt8(ascii: "/")
        guard path.first == slash else { return nil }
        let segments = path.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
        return segments.contains(where: \.isEmpty) ? nil : segments.map { Substring($0) }
    }

    /// A request target's path and its query (RFC 9112, section 3.2); nil for what has neither. A fragment is no part of a target,
    /// and its head is refused.
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
