import EventModel

/// Turns positions into public ids and back, with the store's own key.
///
/// An id holds the whole position, so finding what it names needs no index. It also holds zero bits, by which nearly
/// all ids that were not made here are recognized without reading the store. An id of another account is decoded like
/// any other and then refused, also without reading the store.
struct IdentifierCodec: Sendable {
    /// How many bits an event's id has; the lowest ones are zero before they are permuted.
    private static let eventBits: UInt64 = 96
    private static let eventZeroBits = eventBits - positionBits
    /// The same of a contact's id.
    private static let contactBits: UInt64 = 82
    private static let contactZeroBits = contactBits - positionBits
    private static let positionBits: UInt64 = 63
    /// How long the store's key is from which ids are computed.
    static let keyBytes = 32

    private let events: KeyedPermutation
    private let contacts: KeyedPermutation

    /// - Parameter key: The store's 32 bytes.
    init(key: [UInt8]) {
        precondition(key.count == Self.keyBytes, "the identifier key has 32 bytes")
        let words = (0..<4).map { word in
            key[(8 * word)..<(8 * word + 8)].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        }
        events = KeyedPermutation(function: SipHash(key0: words[0], key1: words[1]), bits: Self.eventBits)
        contacts = KeyedPermutation(function: SipHash(key0: words[2], key1: words[3]), bits: Self.contactBits)
    }

    func eventID(at position: Position) -> EventID {
        EventID(rawValue: events.forward(plain(position) &<< Self.eventZeroBits))
    }

    /// The position that an id stands for, or nil if it is not an id of this account in this store.
    func position(of id: EventID, in account: Account.ID) -> Position? {
        let plain = events.backward(id.rawValue)
        guard plain & ((1 << Self.eventZeroBits) - 1) == 0 else { return nil }
        return position(Int64(truncatingIfNeeded: plain &>> Self.eventZeroBits), in: account)
    }

    func contactID(at position: Position) -> ContactID {
        ContactID(rawValue: contacts.forward(plain(position) &<< Self.contactZeroBits))
    }

    /// The position that an id stands for, or nil if it is not an id of this account in this store.
    func position(of id: ContactID, in account: Account.ID) -> Position? {
        guard id.rawValue &>> Self.contactBits == 0 else { return nil }
        let plain = contacts.backward(id.rawValue)
        guard plain & ((1 << Self.contactZeroBits) - 1) == 0 else { return nil }
        return position(Int64(truncatingIfNeeded: plain &>> Self.contactZeroBits), in: account)
    }

    /// The 63 bits of a position; a damaged file can hold a number that is not a position.
    private func plain(_ position: Position) -> UInt128 {
        UInt128(UInt64(bitPattern: position.rawValue) & (1 << Self.positionBits - 1))
    }

    private func position(_ rawValue: Int64, in account: Account.ID) -> Position? {
        let position = Position(rawValue: rawValue)
        return position.account == account && position.number > 0 ? position : nil
    }
}
