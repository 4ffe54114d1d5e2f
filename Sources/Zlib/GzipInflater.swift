import CZlib

/// Inflates a gzip stream (RFC 1952) that comes in pieces, a few kilobytes at a time, so that the receiver can stop it
/// before the output gets too large.
package final class GzipInflater {
    /// The result of a piece.
    package enum Outcome: Sendable, Hashable {
        /// All of it was inflated.
        case inflated
        /// It is not gzip, or is damaged.
        case malformed
        /// The receiver wanted no more.
        case stopped
    }

    // On the heap: zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let room: UnsafeMutableRawBufferPointer
    /// Whether what came so far ends with a whole stream. Streams may follow each other (RFC 1952, section 2.2).
    package private(set) var isComplete = false

    private static let roomBytes = 16 * 1_024

    /// Creates an inflater; nil if there is no memory for it.
    package init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        room = .allocate(byteCount: GzipInflater.roomBytes, alignment: 16)
        guard czlib_begin_inflating_gzip(stream) == Z_OK else { return nil }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        room.deallocate()
    }

    /// Inflates a piece.
    ///
    /// - Parameter take: Receives the output; it returns false to stop.
    package func inflate(_ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Bool) -> Outcome {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return .inflated }
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: start.assumingMemoryBound(to: UInt8.self)
        )
        stream.pointee.avail_in = UInt32(bytes.count)
        defer {
            stream.pointee.next_in = nil
            stream.pointee.avail_in = 0
        }
        repeat {
            if isComplete {
                // Another stream begins.
                guard inflateReset(stream) == Z_OK else { return .malformed }
                isComplete = false
            }
            let status = fillRoom()
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return .malformed }
            let count = room.count - Int(stream.pointee.avail_out)
            if count > 0, !take(UnsafeRawBufferPointer(rebasing: room[..<count])) { return .stopped }
            isComplete = status == Z_STREAM_END
        } while stream.pointee.avail_in > 0 || (stream.pointee.avail_out == 0 && !isComplete)
        return .inflated
    }

    private func fillRoom() -> Int32 {
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room.count)
        return CZlib.inflate(stream, Z_NO_FLUSH)
    }
}
