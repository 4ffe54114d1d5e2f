import ArgumentParser
import EventLedger

/// `store-admin backup`
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy a store into a file, also while a server holds it.",
        discussion: """
            The copy is a store: that of the moment at which it was begun, with everything that was acknowledged by then. Only \
            its owner can read it. `store-admin verify` checks it, and `store-admin restore` puts it in a store's place.

            Events come in meanwhile. The server's write-ahead log cannot begin anew until the copy is made, and grows by what \
            is written in that time.

            The file has its name once all of it is on disk; there must be none of that name yet. A backup that is interrupted \
            or told to stop (SIGINT, SIGTERM, SIGHUP) takes away what it has written. One that is killed (SIGKILL) leaves it \
            beside the file, with ".partial-" in its name.

            EXAMPLE
              store-admin backup --store ./events.db --output events-copy.db
            """
    )

    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("The file to write; it must not be there yet.", valueName: "file"))
    var output: String

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output must name a file; it is empty") }
    }

    func run() async throws {
        let path = store.access.path
        do {
            let file = try ExportFile(newDatabase: output, store: try StorePath(path))
            let byteCount = try await SQLiteEventStore.copy(at: path, into: file.currentPath)
            try file.finish()
            StandardStreams.say("Copied the store at \(path) to \(output): \(byteCount) bytes.")
        } catch StoreError.diskFull {
            throw AdminFailure.refused("there is too little room for \(output); the copy is as large as the store")
        } catch StoreError.writeFailed(let reason) {
            throw AdminFailure.refused("copying the store to \(output) failed: \(reason); check both disks")
        }
    }
}
