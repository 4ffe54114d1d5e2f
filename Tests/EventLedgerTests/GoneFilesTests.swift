import EventModel
import Foundation
import Testing

@testable import EventLedger

/// SQLite goes on writing to files that no name leads to any more.
@Suite("A store whose files are taken away while it is open")
struct GoneFilesTests {
    enum Loss: CaseIterable {
        case databaseRemoved, logRemoved, logIndexRemoved, lockRemoved, databaseReplaced, folderRenamed

        func happen(to folder: TemporaryFolder) throws {
            let files = FileManager.default
            switch self {
            case .databaseRemoved: try files.removeItem(atPath: folder.store)
            case .logRemoved: try files.removeItem(atPath: folder.store + "-wal")
            case .logIndexRemoved: try files.removeItem(atPath: folder.store + "-shm")
            case .lockRemoved: try files.removeItem(atPath: folder.store + ".lock")
            case .databaseReplaced:
                try files.copyItem(atPath: folder.store, toPath: folder.store + ".copy")
                try files.removeItem(atPath: folder.store)
                try files.moveItem(atPath: folder.store + ".copy", toPath: folder.store)
            case .folderRenamed: try files.moveItem(atPath: folder.path, toPath: folder.path + "-renamed")
            }
        }
    }

    @Test("acknowledges nothing from then on, and says why", arguments: Loss.allCases)
    func stops(loss: Loss) async throws {
        let folder = TemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder.path + "-renamed") }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.ingest(try event(key: "before"), into: account).isAccepted)
            #expect(try await store.ingest(try event(key: "then"), into: account).isAccepted)
            try loss.happen(to: folder)
            for key in ["after", "before"] {
                let error = await #expect(throws: StoreError.self) {
                    try await store.ingest(try event(key: key), into: account)
                }
                #expect(error.map { "\($0)".contains("was removed or replaced while the store was open") } == true)
            }
            #expect(store.readiness() != nil)
        }
        // With the database and its lock where they were, everything that was acknowledged is there, and nothing else.
        guard [.logRemoved, .logIndexRemoved, .lockRemoved].contains(loss) else { return }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.count == 2)
            for key in ["before", "then"] {
                guard case .replayed = try await store.ingest(try event(key: key), into: account) else {
                    Issue.record("\(key) is gone")
                    continue
                }
            }
            #expect(try await store.ingest(try event(key: "after"), into: account).isAccepted)
        }
    }
}
