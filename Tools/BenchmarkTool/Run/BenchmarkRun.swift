import Foundation

/// One run of the benchmark: its settings and tools, and the store that several figures share.
final class BenchmarkRun {
    /// A store that holds all keys, and how it was made.
    struct LoadedStore {
        /// The readings of its loading.
        let readings: Readings
        /// Its size on disk when closed, in bytes.
        let diskBytes: Int
    }

    /// The file of the store that holds all keys.
    static let storeName = "store.db"
    /// How many events a call offers if lists are offered.
    static let listLength = 1_000

    let settings: RunSettings
    let programs: Programs
    let folder: WorkFolder
    /// Remarks to print beside the table.
    var remarks: [String] = []
    /// The readings of each load of a store with 1,024 callers.
    var loads: [LoadedStore] = []
    /// How many new keys the server accepted in a second, each time it was measured.
    var newKeyRates: [Double] = []
    /// The most memory that the server held, in MiB, each time it ran.
    var serverMemory: [Double] = []
    /// A token of the store that holds all keys.
    var token: String?
    /// The readings of the C program with the segmented ledger, by events per transaction.
    private var segmentedPeers: [Int: [Readings]] = [:]
    private var ranges: UInt64 = 0

    init(settings: RunSettings, programs: Programs, folder: WorkFolder) {
        self.settings = settings
        self.programs = programs
        self.folder = folder
    }

    /// The store that holds all keys.
    var storePath: String { folder.file(BenchmarkRun.storeName) }

    /// Measures a group of figures.
    func measure(_ group: FigureGroup) throws -> [Figure] {
        switch group {
        case .callers: try callers()
        case .fewCallers: try fewCallers()
        case .lists: try lists()
        case .flatness: try flatness()
        case .size: try size()
        case .oneEvent: try oneEvent()
        case .latency: try latency()
        case .replays: try replays()
        case .feed: try feed()
        case .reopen: try reopen()
        case .http: try http()
        case .httpReplays: try httpReplays()
        case .httpBatch: try httpBatch()
        case .httpGuarded: try httpGuarded()
        case .databases: try databases()
        }
    }

    /// Does something as often as was asked for, and says which time it is.
    func repeated<Result>(_ what: String, _ body: () throws -> Result) throws -> [Result] {
        try (1...settings.repeats).map { time in
            say("\(what) (\(time) of \(settings.repeats))")
            return try body()
        }
    }

    /// Reports progress.
    func say(_ text: String) {
        FileHandle.standardError.write(Data("benchmark: \(text)\n".utf8))
    }

    /// Creates a store that holds all keys, in place of an earlier one.
    func loadStore() throws -> LoadedStore {
        folder.clear(BenchmarkRun.storeName)
        token = nil
        let readings = try load(BenchmarkRun.storeName, ["--callers", "1024"])
        let loaded = LoadedStore(readings: readings, diskBytes: folder.bytes(BenchmarkRun.storeName))
        loads.append(loaded)
        return loaded
    }

    /// The store that was loaded last; one is created if there is none yet.
    func loaded() throws -> LoadedStore {
        if let last = loads.last { return last }
        say("loading a store")
        return try loadStore()
    }

    /// Offers keys to a named store, all of them unless a number is given.
    func load(_ name: String, events: Int? = nil, _ arguments: [String]) throws -> Readings {
        try programs.subcommand(
            "load",
            ["--store", folder.file(name), "--events", "\(events ?? settings.keys)"] + arguments
                + settings.workload.arguments
        )
    }

    /// Offers as many keys to one of the C programs.
    func loadPeer(_ program: String, eventsPerTransaction: Int) throws -> Readings {
        let name = "peer.db"
        folder.clear(name)
        defer { folder.clear(name) }
        return try programs.peer(
            program,
            [
                folder.file(name), "\(settings.keys)", "\(eventsPerTransaction)", "\(settings.workload.contacts)",
                "\(settings.workload.dataBytes)",
            ]
        )
    }

    /// Offers as many keys to the C program with the segmented ledger, and keeps its readings.
    func loadSegmentedPeer(eventsPerTransaction: Int) throws {
        let readings = try loadPeer("segmented-ledger", eventsPerTransaction: eventsPerTransaction)
        segmentedPeers[eventsPerTransaction, default: []].append(readings)
    }

    /// The readings of the C program with the segmented ledger in this run.
    func segmentedPeer(eventsPerTransaction: Int) -> Figure.Peer {
        let runs = segmentedPeers[eventsPerTransaction] ?? []
        return Figure.Peer(
            name: "C, segmented ledger",
            values: runs.compactMap(\.lastRate),
            millions: runs.map(\.rates)
        )
    }

    /// The first of a range of event numbers that no other part of the run has used.
    func freshRange() -> [String] {
        ranges += 1
        return ["--first", "\(ranges << 40)"]
    }
}
