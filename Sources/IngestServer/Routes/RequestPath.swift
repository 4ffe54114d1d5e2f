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
}
