import EventLedger
import IngestAPI
import Logging

/// Writes log messages to standard error, one line each, as text or as one JSON object.
struct StandardErrorLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        StandardError.output.write(line(event.level, event.message.description, metadata)) { dropped in
            line(.warning, "lines of the log dropped: nobody read them in time", [("lines", "\(dropped)")])
        }
    }

    /// Writes a line whatever the log level is: as it stands, or as a JSON object like the others.
    func announce(_ message: String, _ level: Logger.Level = .notice) {
        guard format == .json else { return StandardError.write(line: message) }
        StandardError.output.write(line(level, message, [])) { _ in [] }
    }

    private func line(
        _ level: Logger.Level,
        _ message: String,
        _ metadata: [(key: String, value: Logger.MetadataValue)]
    ) -> [UInt8] {
        let line =
            switch format {
            case .text: text(level, message, metadata)
            case .json: json(level, message, metadata)
            }
        return line + [UInt8(ascii: "\n")]
    }

    private func text(
        _ level: Logger.Level,
        _ message: String,
        _ metadata: [(key: String, value: Logger.MetadataValue)]
    ) -> [UInt8] {
        let values = metadata.map { " \($0.key)=\($0.value)" }.joined()
        let line = "\(Timestamp.now()) \(level.rawValue) \(label): \(message)\(values)"
        // A message stays one line, whatever it holds.
        return line.utf8.map { $0 < 0x20 ? 0x20 : $0 }
    }

    private func json(
        _ level: Logger.Level,
        _ message: String,
        _ metadata: [(key: String, value: Logger.MetadataValue)]
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.name("time")
            json.quoted { Timestamp.now().write(to: &$0) }
            json.name("level")
            json.string(level.rawValue)
            json.name("logger")
            json.string(label)
            json.name("message")
            json.string(message)
            json.name("metadata")
            json.object { json in
                for (key, value) in metadata {
                    json.name(escaping: key)
                    json.string(value.description)
                }
            }
        }
        return json.bytes
    }
}
