import Foundation

/// A temporary folder for everything that a run makes, gone when the run ends.
struct WorkFolder {
    /// Where it is.
    let path: String

    /// - Parameter parent: Where to make it; nil is `/var/tmp`, which is on a disk where `/tmp` may be memory.
    init(in parent: String?) throws {
        let parent = parent ?? "/var/tmp"
        path = parent + "/event-ledger-benchmark-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// The path of a file in it.
    func file(_ name: String) -> String { path + "/" + name }

    /// The path of a file of that name and what stands beside it (`name-wal`, `name.lock`) is removed, if it is there.
    func clear(_ name: String) {
        for file in files(name) { try? FileManager.default.removeItem(atPath: path + "/" + file) }
    }

    /// How many bytes a file and what stands beside it take.
    func bytes(_ name: String) -> Int {
        files(name).reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + file)
            return sum + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    /// Removes the folder and all that is in it.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    private func files(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasPrefix(name) }
    }
}
