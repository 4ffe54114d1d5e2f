import Foundation

/// The power of a real ext4 is cut: its block device is a disk with a cache, served by nbdkit, that loses at a cut what
/// was not flushed.
enum PowerScenario {
    static func run(_ trial: Trial, cycles: Int, plugin: String) async throws -> [String] {
        let violations = try await cut(trial, BlockDisk(trial.programs, plugin: plugin, name: "block"), cycles: cycles)
        guard violations.isEmpty else { return violations }
        return try await noticesLies(trial.another(), BlockDisk(trial.programs, plugin: plugin, name: "lying"))
            ? [] : ["a disk that lies about its flushes was not found out"]
    }

    /// Whether the checks notice a disk that reports flushes without doing them. If not, the cuts would prove nothing.
    private static func noticesLies(_ trial: Trial, _ disk: BlockDisk) async throws -> Bool {
        do {
            // Some cuts lose nothing by chance, but hardly ever all of a dozen.
            return try await !cut(trial, disk, cycles: 12, lies: true).isEmpty
        } catch let found as Server.Failed where disk.hasLied {
            print("power, on a disk that lies: \(found)")
            return true
        }
    }

    private static func cut(
        _ trial: Trial,
        _ disk: BlockDisk,
        cycles: Int,
        lies: Bool = false
    ) async throws -> [String] {
        defer { disk.remove() }
        for cycle in 0..<cycles {
            try disk.attach(isNew: cycle == 0)
            if cycle == 0 {
                try trial.prepare(disk.store)
                if lies { try disk.lie() }
            }
            let server = try Server(trial.programs, store: disk.store)
            await trial.askAgain(server)
            let (cut, process) = (disk.cut, server.processID)
            await trial.load(server, until: trial.number(in: 0...150)) {
                cut()
                kill(process, SIGKILL)
            }
            server.end()
            try disk.detach(seed: trial.number(in: 1...1_000_000_000))
            trial.count("power cuts")
            if trial.history.violations.count > 20 { break }
        }
        try disk.attach(isNew: false)
        return try await trial.violations(disk.store)
    }
}

/// An ext4 on a block device whose power can be cut.
private final class BlockDisk {
    private let programs: Programs
    private let folder: String
    private let nbdkit = Process()
    private var fuse: Process?
    private var loop = ""

    init(_ programs: Programs, plugin: String, name: String) throws {
        self.programs = programs
        folder = programs.folder + "/" + name
        for tool in ["nbdkit", "nbdfuse", "losetup", "mkfs.ext4"] {
            guard try programs.run(["which", tool]).exitCode == 0 else {
                throw Unavailable(reason: "\(tool) is not there")
            }
        }
        guard access("/dev/fuse", R_OK | W_OK) == 0, access("/dev/loop-control", R_OK | W_OK) == 0 else {
            throw Unavailable(reason: "this machine has no FUSE or no loop devices that this user may use")
        }
        try programs.require(["mkdir", "-p", folder + "/fuse", folder + "/mounted"])
        // In the foreground: a daemon would keep what tells that its parent has ended.
        nbdkit.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        nbdkit.arguments = [
            "nbdkit", "-f", "-U", folder + "/socket", "python", plugin, "cut=\(folder)/cut", "lie=\(folder)/lie",
        ]
        nbdkit.standardInput = FileHandle.nullDevice
        try nbdkit.run()
        let deadline = ContinuousClock.now + .seconds(20)
        while access(folder + "/socket", R_OK | W_OK) != 0 {
            guard nbdkit.isRunning, ContinuousClock.now < deadline else {
                throw Unavailable(reason: "nbdkit does not start with its Python plugin")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    var store: String { folder + "/mounted/events.db" }

    /// Cuts the power: from then on nothing gets to the disk.
    var cut: @Sendable () -> Void {
        let process = fuse?.processIdentifier ?? 0
        return { if process > 0 { kill(process, SIGKILL) } }
    }

    /// Makes the disk lie about flushes from now on; what was written before is flushed.
    func lie() throws {
        try programs.require(["sync", "-f", folder + "/mounted"])
        try "".write(toFile: folder + "/lie", atomically: true, encoding: .utf8)
    }

    /// Whether it was lying when the power was cut. A failure before that does not show that the lie was noticed.
    private(set) var hasLied = false

    /// Turns the power on, and mounts what the disk holds.
    func attach(isNew: Bool) throws {
        let fuse = Process()
        fuse.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        fuse.arguments = ["nbdfuse", folder + "/fuse/disk", "nbd+unix:///?socket=\(folder)/socket"]
        fuse.standardError = FileHandle.nullDevice
        try fuse.run()
        self.fuse = fuse
        let deadline = ContinuousClock.now + .seconds(20)
        while access(folder + "/fuse/disk", R_OK | W_OK) != 0 {
            guard fuse.isRunning, ContinuousClock.now < deadline else {
                throw Unavailable(reason: "nbdfuse cannot mount here")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        let found = try programs.run(["losetup", "-f", "--show", folder + "/fuse/disk"])
        guard found.exitCode == 0 else {
            throw Unavailable(reason: "losetup cannot make a device here: \(found.errors)")
        }
        loop = found.output.trimmingCharacters(in: .whitespacesAndNewlines)
        if isNew { try programs.require(["mkfs.ext4", "-q", "-F", loop]) }
        let mounted = try programs.run(["mount", "-t", "ext4", loop, folder + "/mounted"])
        guard mounted.exitCode == 0 else {
            if isNew { throw Unavailable(reason: "ext4 cannot be mounted here: \(mounted.errors)") }
            throw Server.Failed("the file system does not mount after a power cut: \(mounted.errors)")
        }
    }

    /// Turns the power off. By the next `attach` the disk has lost what was not flushed, as the seed determines.
    func detach(seed: Int) throws {
        cut()
        hasLied = access(folder + "/lie", F_OK) == 0
        fuse?.waitUntilExit()
        fuse = nil
        for command in [
            ["umount", "-l", folder + "/mounted"], ["losetup", "-d", loop], ["umount", "-l", folder + "/fuse"],
        ] {
            try programs.run(command)
        }
        try "\(seed)".write(toFile: folder + "/cut", atomically: true, encoding: .utf8)
    }

    /// Removes everything.
    func remove() {
        try? detach(seed: 0)
        guard nbdkit.isRunning else { return }
        kill(nbdkit.processIdentifier, SIGKILL)
        nbdkit.waitUntilExit()
    }
}
