/// What all events of the workload have in common, and how an event's number becomes a key and a contact.
///
/// A key is computed from the seed and the event's number, so that any process can offer any key again without storing
/// ten million of them.
struct EventTemplate: Sendable {
    /// The most contacts that a workload has.
    static let contacts = 9_999_999
    /// How many bytes a key has: a UUID's.
    static let keyBytes = 36
    /// The type of every event.
    static let type = "purchase_completed"
    /// The smallest size of an event's data, in bytes.
    static let leastDataBytes = 11

    /// What the keys are computed from.
    let seed: UInt64
    /// How many contacts the events are about.
    let contacts: Int

    /// The data of every event: a JSON object of exactly `bytes` bytes.
    static func data(bytes: Int) -> [UInt8] {
        let order = Array(
            #"{"order_id":"ORD-12345","total":99.90,"currency":"USD","items":[{"sku":"SKU-1","quantity":2}],"note":""#
                .utf8
        )
        let start = bytes >= order.count + 2 ? order : Array(#"{"note":""#.utf8)
        let end = Array(#""}"#.utf8)
        let words = Array("thanks for shopping with us today, ".utf8)
        let note = (0..<max(0, bytes - start.count - end.count)).map { words[$0 % words.count] }
        return start + note + end
    }

    /// The email address of a contact.
    static func email(_ contact: Int) -> String { "shopper\(contact)@example.com" }

    /// The number of the contact that an event is about.
    func contact(of event: UInt64) -> Int {
        Int(mixed(event, 0x2545_F491_4F6C_DD1D) % UInt64(contacts))
    }

    /// Writes the key of an event, in the form of a random UUID, to ``keyBytes`` bytes.
    func writeKey(of event: UInt64, to key: UnsafeMutableBufferPointer<UInt8>) {
        precondition(key.count == EventTemplate.keyBytes)
        var bits = mixed(event, 0x9E37_79B9_7F4A_7C15)
        var digit = 0
        for place in 0..<EventTemplate.keyBytes {
            if place == 8 || place == 13 || place == 18 || place == 23 {
                key[place] = UInt8(ascii: "-")
                continue
            }
            if digit == 16 { bits = mixed(event, 0xD1B5_4A32_D192_ED03) }
            digit += 1
            let nibble = UInt8(truncatingIfNeeded: bits & 15)
            key[place] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            bits >>= 4
        }
    }

    /// splitmix64 of an event's number: different numbers give different values, in no recognisable order.
    private func mixed(_ event: UInt64, _ stream: UInt64) -> UInt64 {
        var value = seed &* 0xA076_1D64_78BD_642F &+ event &* 0x9E37_79B9_7F4A_7C15 &+ stream
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
