package import EventModel

/// Writes figures in the text format that Prometheus reads (version 0.0.4).
package struct PrometheusText: Sendable {
    /// The type of the text, for `Content-Type`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The type of a metric.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// The names and values that distinguish samples of one metric.
    package typealias Labels = KeyValuePairs<String, String>

    /// The text written so far.
    package private(set) var text = ""

    /// Creates an empty text.
    package init() {}

    /// Writes a metric's description, which comes before its samples.
    package mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Writes a sample.
    package mutating func sample(_ name: String, _ labels: Labels, _ value: some CustomStringConvertible) {
        text += "\(name)\(PrometheusText.written(labels)) \(value)\n"
    }

    /// Writes a metric that has one sample.
    package mutating func single(_ name: String, _ kind: Kind, _ value: some CustomStringConvertible, _ help: String) {
        metric(name, kind, help)
        sample(name, [:], value)
    }

    /// Writes the samples of a histogram.
    package mutating func histogram(_ name: String, _ labels: Labels, _ histogram: Histogram) {
        var sum: UInt64 = 0
        for (bucket, count) in histogram.counts.enumerated() {
            sum += count
            let bound = bucket < histogram.bounds.count ? "\(histogram.bounds[bucket])" : "+Inf"
            text += "\(name)_bucket\(PrometheusText.written(labels, bound: bound)) \(sum)\n"
        }
        sample("\(name)_sum", labels, histogram.sum)
        sample("\(name)_count", labels, sum)
    }

    private static func written(_ labels: Labels, bound: String? = nil) -> String {
        var parts = labels.map { "\($0.key)=\"\(escaped($0.value))\"" }
        if let bound { parts.append("le=\"\(bound)\"") }
        return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
