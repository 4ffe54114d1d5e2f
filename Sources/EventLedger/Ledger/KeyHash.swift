import Crypto
import EventModel

/// What a key is looked up by: 36 bits of a hash of its account and its bytes.
///
/// A hash only ever finds candidates. The key's own bytes in a candidate's row decide whether it is the key, so two
/// keys with one hash cost one row more and are never taken for each other.
struct KeyHash: Sendable, Hashable {
    /// The width of a hash. Together with an offset of ``LedgerEntryCode/offsetBits`` bits it fills one word.
    static let bits: UInt64 = 36

    let rawValue: UInt64

    init(rawValue: UInt64) {
        precondition(rawValue >> KeyHash.bits == 0, "a hash has 36 bits")
        self.rawValue = rawValue
    }
}

/// Hashes keys with a secret of the store, so that nobody outside can choose keys that collide.
struct KeyHasher: Sendable {
    private let function: SipHash
    private let mask: UInt64

    /// - Parameters:
    ///   - storeKey: The store's 32 secret bytes; the hash's own key is derived from them.
    ///   - significantBits: How many bits of a hash are kept. Tests keep few, to make keys collide.
    init(storeKey: [UInt8], significantBits: UInt64 = KeyHash.bits) {
        precondition((0...KeyHash.bits).contains(significantBits), "a hash has up to 36 bits")
        let derived = HMAC<SHA256>.authenticationCode(
            for: Array("event-ledger/key-hash/1".utf8),
            using: SymmetricKey(data: storeKey)
        )
        let words = derived.withUnsafeBytes { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        function = SipHash(key0: UInt64(littleEndian: words.0), key1: UInt64(littleEndian: words.1))
        // The upper bits are kept: an entry's place is chosen by them.
        let dropped = KeyHash.bits - significantBits
        mask = ((1 << significantBits) - 1) << dropped
    }

    /// The hash of a key of an account.
    func hash(_ key: IdempotencyKey, in account: Account.ID) -> KeyHash {
        key.utf8.withUnsafeBytes { hash(bytes: $0, in: account) }
    }

    /// The hash of a key given as bytes.
    func hash(bytes: UnsafeRawBufferPointer, in account: Account.ID) -> KeyHash {
        let hash = function.hash(UInt64(bitPattern: account.rawValue), bytes)
        return KeyHash(rawValue: (hash >> (64 - KeyHash.bits)) & mask)
    }
}
