import EventLedger
import IngestAPI
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

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
        var line =
            switch format {
            case .text: text(event, metadata)
            case .json: json(event, metadata)
            }
        line.append(UInt8(ascii: "\n"))
        StandardError.write(line)
    }

    private func text(_ event: LogEvent, _ metadata: [(key: String, value: Logger.MetadataValue)]) -> [UInt8] {
        let values = metadata.map { " \($0.key)=\($0.value)" }.joined()
        let line = "\(Timestamp.now()) \(event.level.rawValue) \(label): \(event.message)\(values)"
        // A line is a line, whatever a message holds.
        return line.utf8.map { $0 < 0x20 ? 0x20 : $0 }
    }

    private func json(_ event: LogEvent, _ metadata: [(key: String, value: Logger.MetadataValue)]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.name("time")
            json.quoted { Timestamp.now().write(to: &$0) }
            json.name("level")
            json.string(event.level.rawValue)
            json.name("logger")
            json.string(label)
            json.name("message")
            json.string(event.message.description)
            json.name("metadata")
            json.raw(object(metadata))
        }
        return json.bytes
    }

    private func object(_ metadata: [(key: String, value: Logger.MetadataValue)]) -> [UInt8] {
        func quoted(_ text: String) -> [UInt8] {
            var json = JSONWriter()
            json.string(text)
            return json.bytes
        }
        let members = metadata.map { quoted($0.key) + [UInt8(ascii: ":")] + quoted($0.value.description) }
        return [UInt8(ascii: "{")] + members.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
    }
}

/// The process's standard error.
enum StandardError {
    /// Writes bytes in one call, so that lines of several threads do not mix; what cannot be written is dropped.
    static func write(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { writeBytes(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Writes one line.
    static func write(line: String) {
        write(Array((line + "\n").utf8))
    }
}

#if canImport(Darwin)
private let writeBytes = Darwin.write
#elseif canImport(Musl)
private let writeBytes = Musl.write
#else
private let writeBytes = Glibc.write
#endif
