import Foundation

/// How much memory a process holds, as Linux reports it.
struct ProcessMemory: Sendable {
    /// What it holds now, in KiB.
    var residentKiB: Int
    /// The most that it ever held, in KiB.
    var peakKiB: Int

    /// This process's memory; nil if the system does not report it.
    static var own: ProcessMemory? { ProcessMemory(status: "/proc/self/status") }

    /// The memory of a process; nil if it has ended or the system does not report it.
    static func of(_ process: Int32) -> ProcessMemory? { ProcessMemory(status: "/proc/\(process)/status") }

    /// Reads a process's status file.
    private init?(status path: String) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        func kibibytes(_ name: String) -> Int? {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }) else { return nil }
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        }
        guard let resident = kibibytes("VmRSS"), let peak = kibibytes("VmHWM") else { return nil }
        residentKiB = resident
        peakKiB = peak
    }

    /// Prints what this process holds now, and what it held before it opened a store.
    static func report(before: ProcessMemory?) {
        guard let before, let now = own else { return }
        Readings.print("own_kib", Double(before.residentKiB))
        Readings.print("resident_kib", Double(now.residentKiB))
        Readings.print("peak_kib", Double(now.peakKiB))
    }
}
