#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The places at which something is mounted, as Linux tells them.
enum MountPoints {
    /// Whether a file is mounted by itself, as containers are given single files. Of such a file the folder around it is another
    /// one than that which others see, and so are the files beside it. False where that cannot be told.
    static func contain(_ path: String) -> Bool {
        guard let text = contents(of: "/proc/self/mountinfo") else { return false }
        return contain(path, in: text)
    }

    /// - Parameter text: Lines with blanks between their fields, of which the fifth is the place
    ///   (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html).
    static func contain(_ path: String, in text: [UInt8]) -> Bool {
        let wanted = escaped(path)
        return text.split(separator: UInt8(ascii: "\n")).contains { line in
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            return fields.count > 4 && fields[4].elementsEqual(wanted)
        }
    }

    /// A path in the way that Linux tells it: what could be taken for the end of a field or a line is written in octal.
    private static func escaped(_ path: String) -> [UInt8] {
        path.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: " "): Array(#"\040"#.utf8)
            case UInt8(ascii: "\t"): Array(#"\011"#.utf8)
            case UInt8(ascii: "\n"): Array(#"\012"#.utf8)
            case UInt8(ascii: #"\"#): Array(#"\134"#.utf8)
            default: [byte]
            }
        }
    }

    /// All of a file whose size the system does not tell.
    private static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return count == 0 ? text : nil }
            text += piece.prefix(count)
        }
    }
}
