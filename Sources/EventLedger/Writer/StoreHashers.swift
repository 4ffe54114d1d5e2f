import EventModel

/// The hash functions of one store.
struct StoreHashers: Sendable {
    let keys: KeyHasher
    let contacts: ContactHasher

    init(storeKey: [UInt8], keyHashBits: UInt64) {
        keys = KeyHasher(storeKey: storeKey, significantBits: keyHashBits)
        contacts = ContactHasher(storeKey: storeKey)
    }
}
