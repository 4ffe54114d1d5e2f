import SimulatedDisk

@testable import EventLedger

/// A simulated disk with room for one store; see `simulated_disk.h`.
final class Disk {
    let name: String
    private let disk: OpaquePointer
    private var beforeChange: (() -> Void)?

    /// SQLite finds disks by name, so each needs its own; tests run one after the other.
    nonisolated(unsafe) private static var count = 0

    init() {
        Disk.count += 1
        name = "simulated-\(Disk.count)"
        disk = simulated_disk_create(name)
        prepare()
    }

    deinit {
        simulated_disk_destroy(disk)
    }

    var store: StorePath { StorePath("/events.db", onFileSystem: name) }

    /// Empties the disk except for the database file, which opening the store would create on a real disk.
    func prepare(isPowersafe: Bool = true) {
        simulated_disk_reset(disk)
        simulated_disk_set_powersafe_overwrite(disk, isPowersafe)
        simulated_disk_add_file(disk, "/events.db")
    }

    /// Makes this disk what another would be after a crash at this point.
    func become(_ other: Disk, after crash: simulated_crash, seed: UInt64) {
        simulated_disk_copy_after(other.disk, disk, crash, seed)
    }

    /// The size of the database file, or of the file with this suffix after its name.
    func size(_ suffix: String = "") -> Int64 { simulated_disk_size(disk, "/events.db" + suffix) }

    /// Flips one bit of a file.
    func flip(bit: Int64, _ suffix: String = "") {
        simulated_disk_flip(disk, "/events.db" + suffix, bit / 8, 1 << UInt8(bit % 8))
    }

    /// Truncates a file.
    func cut(to size: Int64, _ suffix: String = "") {
        simulated_disk_cut(disk, "/events.db" + suffix, size)
    }

    /// How many changes were made to the disk.
    var changes: UInt64 { simulated_disk_changes(disk) }

    /// Makes the disk call a function before each change; nil for none.
    func beforeChanges(_ function: (() -> Void)?) {
        beforeChange = function
        guard function != nil else { return simulated_disk_before_changes(disk, nil, nil) }
        simulated_disk_before_changes(
            disk,
            { context in
                guard let context else { return }
                Unmanaged<Disk>.fromOpaque(context).takeUnretainedValue().beforeChange?()
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// How many calls a fault could have hit so far.
    func calls(_ fault: simulated_fault) -> UInt64 { simulated_disk_calls(disk, fault) }

    /// Makes a call fail, by its number from 0.
    func fail(_ fault: simulated_fault, at call: UInt64, isSticky: Bool) {
        simulated_disk_fail(disk, fault, call, isSticky)
    }

    /// Ends all faults.
    func mend() { simulated_disk_mend(disk) }

    /// How many times a fault occurred.
    var faults: UInt64 { simulated_disk_faults(disk) }
}
