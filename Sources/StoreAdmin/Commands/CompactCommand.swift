import ArgumentParser
import EventLedger

/// `store-admin compact`
struct CompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Rewrite a store's file without what was erased.",
        discussion: """
            Nothing is left in the file afterwards of events and contacts that were erased, and the room of what was erased or \
            has expired goes back to the file system. Events, ids, keys and cursors stay as they are.

            Stop the process that holds the store first. A large store takes minutes, and as much room as it has itself, \
            twice: in the folder for temporary files ($SQLITE_TMPDIR, else $TMPDIR or /var/tmp), and beside the store. It can \
            be interrupted: then the store is as it was.

            EXAMPLE
              store-admin compact --store ./events.db
            """
    )

    @OptionGroup var store: StoreOptions

    func run() async throws {
        StopSignals.say("interrupted; the store is sound, and is rewritten when `store-admin compact` is run again")
        do {
            let sizes = try await SQLiteEventStore.compact(at: store.access.path)
            StandardStreams.say(
                sizes.isInPlace
                    ? "Rewrote the store: \(sizes.bytesBefore) bytes before, \(sizes.bytesAfter) now."
                    : "Rewrote the store. Another process is still reading the old one; what was written takes its place "
                        + "when the store is opened next, by a server or by `store-admin compact`."
            )
        } catch StoreError.inUse(let processID) {
            throw AdminFailure.heldStore(by: processID)
        } catch StoreError.diskFull {
            throw AdminFailure.unavailable(
                "there is too little room: it takes the size of the store in the folder for temporary files (set "
                    + "SQLITE_TMPDIR to another one) and once more beside the store. Nothing was changed"
            )
        }
    }
}
