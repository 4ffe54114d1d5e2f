import Foundation

/// The two cores that a server and its load are kept on.
struct Cores {
    let server: Int
    let load: Int

    /// The first two cores that this process may run on; nil if there are not that many, or no `taskset` to bind
    /// programs to them.
    static let available: Cores? = {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset"),
            let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        else { return nil }
        let list = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        let cores = allowed(list.map { String($0.drop { $0 != "\t" }.dropFirst()) } ?? "")
        return cores.count < 2 ? nil : Cores(server: cores[0], load: cores[1])
    }()

    /// The cores of a list in Linux's form: `0-3,8`.
    static func allowed(_ list: String) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }
}
