import ArgumentParser
import EventLedger

/// `store-admin restore`
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a copy of a store, as `backup` makes it, in the store's place.",
        discussion: """
            Stop the process that holds the store first. The copy is checked (a quick check; `store-admin verify --store` \
            checks everything), copied beside the store, and given the store's name once all of it is on disk. The files that \
            were there are kept under other names, with ".before-restore-" and the time in them; there may be none as well. \
            The copy itself is not changed.

            What came after the copy was made is gone: events and their keys, so that a retry makes a new event; contacts; \
            accounts; and changes of contacts, tokens, apps and accounts. Access tokens of apps end. A token that was revoked since is good again, and what \
            was erased since is back: revoke and erase it again.

            Each account passes over \(Limits.numbersPassedOver) numbers of events, which count as erased, and as many of \
            contacts: no id of an event or a contact that is gone is given to another one, and whoever follows the feed from \
            such an event sees all new ones.

            One that is interrupted leaves the store as it was, and may leave a file with ".restoring" in its name, which the \
            next one takes away. If the store's own file is missing then, run it again.

            EXAMPLE
              store-admin restore --store ./events.db --from events-copy.db
            """
    )

    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("The copy that is to be the store.", valueName: "file"))
    var from: String

    func run() async throws {
        let path = store.access.path
        try await requireCopy()
        do {
            let restoration = try await SQLiteEventStore.restore(at: path, from: from)
            for line in RestoreCommand.report(restoration, of: path, from: from) { StandardStreams.say(line) }
        } catch StoreError.inUse(let processID) {
            throw AdminFailure.heldStore(by: processID)
        } catch StoreError.diskFull {
            throw AdminFailure.unavailable(
                "there is too little room: the copy has to fit beside the store that is there. Nothing was changed"
            )
        }
    }

    /// Checks that the copy is a store, so that a fault of the copy is not taken for a fault of the store.
    private func requireCopy() async throws {
        do {
            guard try StorePath(from).exists else {
                throw AdminFailure.unavailable("there is no file \(from) to restore from. Nothing was changed")
            }
            try await StoreAccess(path: from).reading { _ in }
        } catch StoreError.needsMigration(let found, let known) {
            throw AdminFailure.unavailable(
                "the copy has schema version \(found), and this software restores version \(known); "
                    + "`store-admin migrate --store \(from)` brings it up to date. Nothing was changed"
            )
        } catch let error as StoreError {
            throw AdminFailure.unavailable(
                "\(from) cannot be restored, and nothing was changed: \(AdminFailure(error).message ?? "")"
            )
        }
    }

    /// What was done, and what to do next.
    private static func report(_ restoration: Restoration, of path: String, from copy: String) -> [String] {
        var lines = ["Restored the store at \(path) from \(copy)."]
        if let setAside = restoration.setAside {
            lines.append(
                "What was there is kept as \(setAside), its log with -wal behind it. Delete these files when you need them no more."
            )
        }
        lines.append(
            "\(restoration.accounts) \(restoration.accounts == 1 ? "account passes" : "accounts pass") over "
                + "\(Limits.numbersPassedOver) numbers of events and of contacts, so that no id is given out twice."
        )
        if !restoration.knowsReplacedNumbers {
            lines.append(
                "The numbers of the store that was there could not be read. If it had been restored from this copy before, ids that it "
                    + "gave out since then may be given out again."
            )
        }
        lines.append(
            "Next: `store-admin verify`; revoke and erase again what was revoked and erased since the copy was made; start the "
                + "server."
        )
        return lines
    }
}
