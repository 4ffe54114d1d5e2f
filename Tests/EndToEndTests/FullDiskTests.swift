import Foundation
import Testing

/// A small file system in memory, if this process may mount one.
private final class SmallDisk: Sendable {
    let path: String

    init?(megabytes: Int) {
        path = FileManager.default.temporaryDirectory.path + "/small-disk-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard SmallDisk.run("/bin/mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path) else {
            try? FileManager.default.removeItem(atPath: path)
            return nil
        }
    }

    deinit {
        _ = SmallDisk.run("/bin/umount", "-l", path)
        try? FileManager.default.removeItem(atPath: path)
    }

    static func run(_ command: String, _ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static let canMount = SmallDisk(megabytes: 1) != nil
}

@Suite("When the disk is full")
struct FullDiskTests {
    @Test(
        "events are refused with 503, nothing is half stored, and it goes on once there is room",
        .enabled(if: SmallDisk.canMount, "this process may not mount a small file system")
    )
    func fullDisk() async throws {
        let disk = try #require(SmallDisk(megabytes: 8))
        let folder = try StoreFolder(on: disk.path)
        let server = try await ServerProcess(folder)
        let token = try await folder.token()
        let client = EventClient(url: server.url, token: token)
        let data = #"{"a":""# + String(repeating: "x", count: 100_000) + #""}"#

        var accepted: [String: String] = [:]
        var refusals = 0
        for index in 0..<200 where refusals < 3 {
            let answer = try await client.post(key: "k\(index)", data: data)
            if let id = answer.eventID {
                accepted["k\(index)"] = id
            } else {
                #expect(answer.status == 503, "\(answer)")
                #expect(answer.body.contains("storage_unavailable"), "\(answer)")
                refusals += 1
            }
        }
        #expect(refusals == 3)
        #expect(!accepted.isEmpty)
        #expect(try await client.get("/readyz").status == 503)
        // Answering a stored event again needs no room.
        for (key, id) in accepted.prefix(5) {
            let answer = try await client.post(key: key, data: data)
            #expect(answer.eventID == id && answer.isReplay, "\(answer)")
        }
        // Those answers do not mean that there is room again.
        #expect(try await client.get("/readyz").status == 503)

        #expect(SmallDisk.run("/bin/mount", "-o", "remount,size=64m", disk.path))
        // It becomes ready although nobody writes.
        var isReady = false
        for _ in 0..<100_000 where !isReady { isReady = try await client.get("/readyz").status == 200 }
        #expect(isReady)
        for index in 0..<(accepted.count + 3) {
            let answer = try await client.post(key: "k\(index)", data: data)
            #expect(answer.status == 200, "\(answer)")
            if let id = accepted["k\(index)"] {
                #expect(answer.eventID == id)
                #expect(answer.isReplay)
            } else {
                #expect(!answer.isReplay)
            }
        }
        #expect(await server.stop() == 0)
        let verified = try await folder.admin("verify")
        #expect(verified.exitCode == 0, "\(verified.output)")
    }

    @Test(
        "a store on a disk that is read-only is refused with one line that says so, and left as it is",
        .enabled(if: SmallDisk.canMount, "this process may not mount a small file system")
    )
    func readOnlyDisk() async throws {
        let disk = try #require(SmallDisk(megabytes: 8))
        let folder = try StoreFolder(on: disk.path)
        #expect(try await folder.admin("init").exitCode == 0)
        let before = FileManager.default.contents(atPath: folder.store)
        #expect(SmallDisk.run("/bin/mount", "-o", "remount,ro", disk.path))
        for command in [["token", "create"], ["account", "create", "acme"]] {
            let script = "store-admin \(command.joined(separator: " ")) --store '\(folder.store)'"
            #expect(try await folder.shell(script, environment: [:]) == 69, "\(script)")
        }
        #expect(try await folder.shell("ingest-server --port 0 --store '\(folder.store)'", environment: [:]) == 69)
        #expect(FileManager.default.contents(atPath: folder.store) == before)
    }
}
