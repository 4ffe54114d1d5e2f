import Foundation
import Testing

@testable import IngestServer

/// What happens to the log when nobody reads it.
@Suite struct LineOutputTests {
    @Test("lines for which there is no room are dropped, and how many they were is told when there is room again")
    func dropped() throws {
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let line = Array((String(repeating: "x", count: 6_000) + "\n").utf8)
        let count = 100
        for _ in 0..<count { output.write(line) { Array("\($0) dropped\n".utf8) } }
        // Reads as much as a pipe holds, and never more than is available, so this does not block.
        let first = pipe.fileHandleForReading.availableData
        output.write(Array("last\n".utf8)) { Array("\($0) dropped\n".utf8) }
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: first + pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        let whole = lines.count { $0.count == line.count - 1 }
        #expect(whole > 0 && whole < count)
        #expect(lines.suffix(2) == ["\(count - whole) dropped", "last"])
        // Nothing else, except perhaps the beginning of a line that broke off.
        #expect(lines.count <= whole + 3)
    }

    // A blocking write would block forever.
    @Test("a terminal that nobody reads is not waited for", .timeLimit(.minutes(1)))
    func terminal() throws {
        let (controller, terminal) = try Self.openTerminal()
        defer { for descriptor in [controller, terminal] { close(descriptor) } }
        let output = LineOutput(descriptor: terminal)
        for _ in 0..<1_000 { output.write(Array((String(repeating: "x", count: 160) + "\n").utf8)) { _ in [] } }
        // The descriptor, which others may share, still blocks.
        #expect(fcntl(terminal, F_GETFL) & O_NONBLOCK == 0)
        let first = FileHandle(fileDescriptor: controller, closeOnDealloc: false).availableData
        #expect(String(decoding: first, as: UTF8.self).hasPrefix("xxx"))
    }

    /// A terminal, and the end from which a program that shows it would read.
    private static func openTerminal() throws -> (controller: Int32, terminal: Int32) {
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        #if os(Linux)
        // TIOCSPTLCK and TIOCGPTN (ioctl_tty(2)), macros that Swift does not see.
        var (isLocked, number) = (Int32(0), UInt32(0))
        try #require(ioctl(controller, 0x4004_5431, &isLocked) == 0 && ioctl(controller, 0x8004_5430, &number) == 0)
        let name = "/dev/pts/\(number)"
        #else
        try #require(grantpt(controller) == 0 && unlockpt(controller) == 0)
        let name = try #require(ptsname(controller).map { String(cString: $0) })
        #endif
        let terminal = open(name, O_RDWR | O_NOCTTY)
        try #require(terminal >= 0)
        return (controller, terminal)
    }

    @Test("lines that are read come as they are")
    func read() throws {
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        for text in ["a\n", "b\n"] { output.write(Array(text.utf8)) { _ in Array("dropped\n".utf8) } }
        try pipe.fileHandleForWriting.close()
        #expect(pipe.fileHandleForReading.readDataToEndOfFile() == Data("a\nb\n".utf8))
    }

    @Test("what nobody can read any more is dropped")
    func noReader() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForReading.close()
        for _ in 0..<2 { output.write(Array("a\n".utf8)) { _ in [] } }
    }
}
