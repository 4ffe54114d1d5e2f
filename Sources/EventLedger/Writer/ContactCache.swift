import Crypto
import EventModel

/// What identifies an account's contact: 128 bits of a hash of the account and of the address, the number or the id.
struct ContactHash: Sendable, Hashable {
    let low: UInt64
    let high: UInt64
}

/// Hashes references to contacts with a secret of the store.
///
/// At 128 bits that nobody outside can compute, two references with one hash do not occur, so the hash stands for the
/// reference and need not be compared with anything.
struct ContactHasher: Sendable {
    private let low: SipHash
    private let high: SipHash

    /// - Parameter storeKey: The 32 bytes that identify the store.
    init(storeKey: [UInt8]) {
        let derived = HMAC<SHA256>.authenticationCode(
            for: Array("event-ledger/contact-hash/1".utf8),
            using: SymmetricKey(data: storeKey)
        )
        let words = derived.withUnsafeBytes { bytes in
            (0..<4).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
        }
        low = SipHash(key0: words[0], key1: words[1])
        high = SipHash(key0: words[2], key1: words[3])
    }

    /// The hash of a reference; two spellings of one address have the same.
    func hash(_ reference: ContactReference, in account: Account.ID) -> ContactHash {
        switch reference {
        case .email(let email): email.withFoldedBytes { hash(kind: 1, $0, account) }
        case .phone(let phone): phone.withBytes { hash(kind: 2, $0, account) }
        case .id(let id): withUnsafeBytes(of: id.rawValue) { hash(kind: 3, $0, account) }
        }
    }

    private func hash(kind: UInt64, _ bytes: UnsafeRawBufferPointer, _ account: Account.ID) -> ContactHash {
        let word = UInt64(bitPattern: account.rawValue) << 8 | kind
        return ContactHash(low: low.hash(word, bytes), high: high.hash(word, bytes))
    }
}

/// Remembers the positions of contacts, so that events of known contacts need no look-up in the store.
///
/// Places are in groups of four, and a hash chooses the group. When a group is full, one of its contacts is forgotten,
/// which costs a look-up when that contact comes again.
struct ContactCache {
    private struct Place {
        var hash = ContactHash(low: 0, high: 0)
        /// The contact's position; 0 marks a free place, since no contact has that position.
        var position: Int64 = 0
    }

    private static let placesPerGroup = 4
    private var places: [Place]
    private var isEmpty = true

    /// - Parameter capacity: How many contacts are remembered, a power of two from 4.
    init(capacity: Int) {
        precondition(capacity >= 4 && capacity & (capacity - 1) == 0, "the capacity is a power of two")
        places = Array(repeating: Place(), count: capacity)
    }

    private func group(of hash: ContactHash) -> Int {
        Int(truncatingIfNeeded: hash.low) & (places.count - 1) & ~(ContactCache.placesPerGroup - 1)
    }

    /// A word of the group in which a hash will be looked for.
    func touch(_ hash: ContactHash) -> UInt64 { places[group(of: hash)].hash.low }

    func position(of hash: ContactHash) -> Position? {
        let group = group(of: hash)
        for place in group..<(group + ContactCache.placesPerGroup) where places[place].hash == hash {
            return places[place].position == 0 ? nil : Position(rawValue: places[place].position)
        }
        return nil
    }

    mutating func insert(_ position: Position, for hash: ContactHash) {
        isEmpty = false
        let group = group(of: hash)
        let free = (group..<(group + ContactCache.placesPerGroup)).first { places[$0].position == 0 }
        let place = free ?? group + Int(truncatingIfNeeded: hash.high) & (ContactCache.placesPerGroup - 1)
        places[place] = Place(hash: hash, position: position.rawValue)
    }

    /// Forgets one way to name a contact, when the contact is deleted.
    mutating func remove(_ hash: ContactHash) {
        let group = group(of: hash)
        for place in group..<(group + ContactCache.placesPerGroup) where places[place].hash == hash {
            places[place] = Place()
        }
    }

    /// Forgets everything, when a transaction that added contacts is rolled back.
    mutating func removeAll() {
        guard !isEmpty else { return }
        for place in places.indices { places[place] = Place() }
        isEmpty = true
    }
}
