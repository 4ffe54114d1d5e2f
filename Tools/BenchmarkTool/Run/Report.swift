import Foundation

/// The figures as JSON, for programs.
struct Report: Encodable {
    private let machine: Machine
    private let settings: Settings
    private let figures: [Entry]
    private let remarks: [String]

    init(_ settings: RunSettings, _ figures: [Figure], remarks: [String]) {
        machine = Machine(
            system: ProcessInfo.processInfo.operatingSystemVersionString,
            cores: ProcessInfo.processInfo.activeProcessorCount,
            measuredAt: Date().formatted(.iso8601)
        )
        self.settings = Settings(
            keys: settings.keys,
            contacts: settings.workload.contacts,
            dataBytes: settings.workload.dataBytes,
            connections: settings.connections,
            durationSeconds: settings.durationSeconds,
            repeats: settings.repeats
        )
        self.figures = figures.map(Entry.init)
        self.remarks = remarks
    }

    /// Writes the document to a file.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(fileURLWithPath: path))
    }

    private struct Machine: Encodable {
        let system: String
        let cores: Int
        let measuredAt: String
    }

    private struct Settings: Encodable {
        let keys: Int
        let contacts: Int
        let dataBytes: Int
        let connections: Int
        let durationSeconds: Double
        let repeats: Int
    }

    private struct Entry: Encodable {
        let what: String
        let unit: String
        let value: Double?
        let runs: [Double]
        let ratesPerMillion: [[Double]]?
        let peer: String?
        let peerValue: Double?
        let peerRuns: [Double]?
        let peerRatesPerMillion: [[Double]]?
        let ratio: Double?
        let isGoalReached: Bool?

        init(_ figure: Figure) {
            what = figure.what
            unit = figure.unit.rawValue
            value = figure.value
            runs = figure.values
            ratesPerMillion = figure.millions.isEmpty ? nil : figure.millions
            peer = figure.peer?.name
            peerValue = figure.peerValue
            peerRuns = figure.peer?.values
            peerRatesPerMillion = figure.peer.flatMap { $0.millions.isEmpty ? nil : $0.millions }
            ratio = figure.ratio
            isGoalReached = figure.isReached
        }
    }
}
