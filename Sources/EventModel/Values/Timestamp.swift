#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A moment by this machine's clock, in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
    /// Milliseconds since the Unix epoch.
    public var millisecondsSinceEpoch: Int64

    /// Creates a moment.
    public init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    /// This moment.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The moment this many milliseconds later, or earlier if the number is negative.
    package func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
        // Wraps around instead of trapping, because a damaged file may hold any moment.
        Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch &+ milliseconds)
    }

    /// Orders moments by time.
    public static func < (left: Self, right: Self) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    /// Appends the moment in RFC 3339 form, with three digits of a second's fraction and `Z`.
    public func write(to bytes: inout [UInt8]) {
        let time = EventTime(self)
        writeDateAndTime(secondsSinceEpoch: time.secondsSinceEpoch, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        EventModel.write(Int(time.nanoseconds) / 1_000_000, digits: 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }
}

extension Timestamp: CustomStringConvertible {
    /// The moment in RFC 3339 form, with `Z`.
    public var description: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
