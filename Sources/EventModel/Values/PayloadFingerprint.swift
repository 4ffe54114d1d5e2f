import Crypto

/// A hash of an event's meaning, in 10 bytes. It is equal for payloads that differ only in the order of members, in
/// white space, or in how a character or a number is spelled. The idempotency key is not part of it.
public struct PayloadFingerprint: Sendable, Hashable {
    /// The length of a fingerprint in bytes.
    public static let byteCount = 10

    /// The fingerprint: the first bytes of a SHA-256, in the order in which they are stored.
    ///
    /// Eighty bits are far more than are needed to tell the payloads of one key apart, and every key in the ledger has
    /// a fingerprint, so it is kept short.
    package let words: (UInt64, UInt16)

    /// The fingerprint's bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// Computes the fingerprint of an event.
    public init(of event: NewEvent) {
        var canonical = CanonicalJSON(reserving: 256 + (event.data?.utf8.count ?? 0))
        canonical.append(text: event.type.name)
        switch event.contact {
        case .email(let email):
            canonical.append(tag: "@")
            email.withFoldedBytes { canonical.append(text: $0) }
        case .phone(let phone):
            canonical.append(tag: "+")
            canonical.append(text: phone.number)
        case .id(let id):
            canonical.append(tag: "c")
            canonical.append(text: id.description)
        }
        if let time = event.time {
            canonical.append(tag: "T")
            canonical.append(time.secondsSinceEpoch)
            canonical.append(Int64(time.nanoseconds))
        } else {
            canonical.append(tag: "-")
        }
        if let data = event.data {
            canonical.append(tag: "D")
            PayloadFingerprint.append(data, to: &canonical)
        } else {
            canonical.append(tag: "-")
        }
        self.words = canonical.withBytes { SHA256.hash(data: $0) }.withUnsafeBytes { digest in
            PayloadFingerprint.words(UnsafeRawBufferPointer(rebasing: digest[..<PayloadFingerprint.byteCount]))
        }
    }

    private static func append(_ data: EventData, to canonical: inout CanonicalJSON) {
        data.utf8.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            do throws(JSONFault) {
                try canonical.append(&scanner)
            } catch {
                preconditionFailure("event data is checked when it is made: \(error.message)")
            }
        }
    }

    /// Creates a fingerprint from stored bytes, which were checked when they were stored.
    package init(stored bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == PayloadFingerprint.byteCount, "a fingerprint has 10 bytes")
        words = PayloadFingerprint.words(bytes)
    }

    private static func words(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt16) {
        (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
    }

    /// Whether two fingerprints are the same.
    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    /// Feeds the fingerprint into a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

extension PayloadFingerprint: CustomStringConvertible {
    /// The fingerprint as 20 hexadecimal digits.
    public var description: String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
    }
}
