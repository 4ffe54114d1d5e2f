import Foundation

/// The temporary folder of a run. Whoever started the run created it and removes it.
struct WorkFolder {
    /// Where it is.
    let path: String

    /// The path of a file in it.
    func file(_ name: String) -> String { path + "/" + name }

    /// Removes a file and the files that belong to it (`name-wal`, `name.lock`), if they exist.
    func clear(_ name: String) {
        for file in files(name) { try? FileManager.default.removeItem(atPath: path + "/" + file) }
    }

    /// How many bytes a file and the files that belong to it take.
    func bytes(_ name: String) -> Int {
        files(name).reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + file)
            return sum + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    private func files(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasPrefix(name) }
    }
}
