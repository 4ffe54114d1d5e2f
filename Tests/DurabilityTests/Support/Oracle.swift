import EventModel
import SQLite

@testable import EventLedger

/// A promise that was broken.
struct Violation: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Checks what a crash left, as the next process finds it.
enum Oracle {
    /// Opens the store on a disk and checks every promise.
    ///
    /// - Parameter candidates: What the store may hold: everything acknowledged, and the request in progress either as
    ///   a whole or not at all.
    /// - Returns: What the store holds, with the event that was added to check that it can be written.
    @discardableResult
    static func check(
        _ disk: Disk,
        _ clock: Clock,
        isOneOf candidates: [Model],
        _ opening: Opening = .real
    ) throws -> Model {
        let store = try open(disk, clock, opening)
        guard store.repairs.isEmpty else { throw Violation("the store had to be repaired: \(store.repairs)") }
        let reader = try reader(disk)
        var model = try match(reader, candidates)
        try checkKeys(store, &model, at: clock.now)
        let findings = try reader.verify()
        guard findings.isEmpty else { throw Violation("verify finds \(findings)") }
        return model
    }

    /// Opens the store, which must always be possible.
    static func open(_ disk: Disk, _ clock: Clock, _ opening: Opening = .real) throws -> SimulatedStore {
        do {
            return try SimulatedStore(on: disk, clock, opening)
        } catch {
            throw Violation("the store does not open: \(error)")
        }
    }

    static func reader(_ disk: Disk) throws -> ReadConnection {
        do {
            return try ReadConnection(disk.store, .tiny)
        } catch {
            throw Violation("the store cannot be read: \(error)")
        }
    }

    /// Which of the candidates a store holds, compared event by event and byte by byte.
    static func match(_ reader: ReadConnection, _ candidates: [Model]) throws -> Model {
        let contents: Contents
        do {
            contents = try Contents(reader.connection)
        } catch {
            throw Violation("the store cannot be read: \(error)")
        }
        let found = candidates.filter { Contents($0) == contents }
        if var model = found.first {
            // The files do not show whether keys have expired; if that is open, they may be answered or not.
            for other in found.dropFirst() { model.keepKeys(thatAreIn: other) }
            return model
        }
        let differences = candidates.map { contents.difference(from: Contents($0)) }
        throw Violation(differences.joined(separator: "; and "))
    }

    /// Every acknowledged key gets its first answer again, and a new one is accepted.
    private static func checkKeys(_ store: SimulatedStore, _ model: inout Model, at now: Int64) throws {
        let live = model.liveKeys(at: now)
        let fresh = EventDraft(
            account: 1,
            key: "fresh \(model.accounts[1]?.lastEvent ?? 0)",
            contact: .email("fresh@example.com"),
            type: "fresh",
            data: "{}"
        )
        let answers = store.run(live.map { .ingest($0.draft) } + [.ingest(fresh)])
        for (key, answer) in zip(live, answers) where answer != [.replayed(key.number, payloadDiffers: false)] {
            throw Violation("key \(key.draft.key ?? "") of account \(key.draft.account) answers \(answer)")
        }
        let expected = model.apply(.ingest(fresh), at: now)
        guard answers.last == expected else { throw Violation("a new event is answered with \(answers.last ?? [])") }
    }
}
