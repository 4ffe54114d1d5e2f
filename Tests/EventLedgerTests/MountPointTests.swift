import Testing

@testable import EventLedger

@Suite("A file that is mounted by itself")
struct MountPointTests {
    private static let table = Array(
        #"""
        22 1 252:0 / / rw,relatime - ext4 /dev/vda rw
        31 22 252:0 /home/ada/events.db /data/events.db rw,relatime - ext4 /dev/vda rw
        32 22 0:40 / /mnt/a\040b rw - tmpfs tmpfs rw
        33 22
        """#.utf8
    )

    @Test(
        "is told from others",
        arguments: [
            ("/data/events.db", true), ("/data", false), ("/home/ada/events.db", false), ("/mnt/a b", true),
            ("/mnt/a\\040b", false), ("", false),
        ]
    )
    func isTold(path: String, isMountPoint: Bool) {
        #expect(MountPoints.contain(path, in: Self.table) == isMountPoint)
    }
}
