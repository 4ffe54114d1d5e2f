#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The places where something is mounted, as Linux reports them.
enum MountPoints {
    /// Whether a file is mounted by itself, as single files are given to containers. The folder around such a file, and
    /// the files beside it, are not those that others see. False if this is unknown.
    static func contain(_ path: String) -> Bool {
        guard let text = contents(of: "/proc/self/mountinfo") else { return false }
        return contain(path, in: text)
    }

    /// - Parameter text: Lines whose fields are separated by blanks; the fifth field is the place
    ///   (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html).
    static func contain(_ path: String, in text: [UInt8]) -> Bool {
        let wanted = escaped(path)
        return text.split(separator: UInt8(ascii: "\n")).contains { line in
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            return fields.count > 4 && fields[4].elementsEqual(wanted)
        }
    }

    /// A path as Linux reports it: what could be taken for the end of a field or a line is written in octal.
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

    /// The content of a file whose size the system does not report.
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
