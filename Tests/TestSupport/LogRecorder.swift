package import Logging
import Synchronization

/// Keeps every line that is logged, with all of its metadata.
package final class LogRecorder: Sendable {
    private let recorded = Mutex<[String]>([])

    package init() {}

    /// The lines so far.
    package var lines: [String] { recorded.withLock { $0 } }

    /// All lines as one text.
    package var text: String { lines.joined(separator: "\n") }

    package func handler() -> any LogHandler { Handler(recorder: self) }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let words = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = (["\(event.level)", "\(event.message)"] + words).joined(separator: " ")
            recorder.recorded.withLock { $0.append(line) }
        }
    }
}
