import ArgumentParser

/// The form in which results are written to standard output.
enum OutputFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// Aligned columns for people.
    case table
    /// One JSON document, with the HTTP API's names where it has them.
    case json
    /// Comma-separated values with a header line (RFC 4180).
    case csv
}
