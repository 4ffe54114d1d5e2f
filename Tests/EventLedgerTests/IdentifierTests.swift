import EventModel
import Testing

@testable import EventLedger

@Suite("Public ids")
struct IdentifierTests {
    private let codec = IdentifierCodec(key: Array(0..<32))
    private let account = Account.ID(rawValue: 5)

    @Test("an id turns back into the position that it was made of, in its own account only")
    func roundTrip() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let number = Int64.random(in: 1...Limits.sequencePerAccount, using: &generator)
            let position = Position(account: account, number: number)
            let event = codec.eventID(at: position)
            let contact = codec.contactID(at: position)
            #expect(codec.position(of: event, in: account) == position, "number \(number)")
            #expect(codec.position(of: contact, in: account) == position, "number \(number)")
            #expect(codec.position(of: event, in: Account.ID(rawValue: 6)) == nil)
            #expect(EventID(event.description) == event)
            #expect(ContactID(contact.description) == contact)
        }
    }

    @Test("the ids of neighbours have nothing in common that shows")
    func neighbours() {
        let ids = (1...256 as ClosedRange<Int64>).map {
            codec.eventID(at: Position(account: account, number: $0)).rawValue
        }
        // Of 96 bits about half differ between neighbours; fewer than 20 would show a pattern.
        for (left, right) in zip(ids, ids.dropFirst()) {
            #expect((left ^ right).nonzeroBitCount > 20)
        }
        #expect(Set(ids.map { $0 >> 80 }).count > 200)
    }

    @Test("another store's key makes other ids, which are not found here")
    func otherKey() {
        let other = IdentifierCodec(key: Array(1..<33))
        let position = Position(account: account, number: 1)
        #expect(other.eventID(at: position) != codec.eventID(at: position))
        #expect(codec.position(of: other.eventID(at: position), in: account) == nil)
        #expect(codec.position(of: other.contactID(at: position), in: account) == nil)
    }

    // Stored data depends on these functions: with others, keys in an existing store would not be found, and ids that
    // were handed out would identify nothing.

    @Test("the hash is SipHash-1-3")
    func sipHash() {
        // The eighth of the test vectors in Rust's standard library: the key 00…0f, the message 00…07.
        let hash = SipHash(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)
        #expect(hash.hash(0x0706_0504_0302_0100) == 0x3690_9511_8d29_9a8e)
    }

    @Test("a key's hash is the same in every version")
    func keyHash() throws {
        let hasher = KeyHasher(storeKey: Array(0..<32))
        let hash = hasher.hash(try IdempotencyKey("order-1001"), in: Account.ID(rawValue: 1))
        #expect(hash.rawValue == 0x5_1332_004d)
    }

    @Test("the ids of a position are the same in every version")
    func stability() {
        let position = Position(account: account, number: 1)
        #expect(codec.eventID(at: position).description == "a6cbcddbea5872b5f4666c11")
        #expect(codec.contactID(at: position).description == "cus_in68dytounyjzims")
    }

    @Test("the largest account and number fit")
    func largest() {
        let largest = Account.ID(rawValue: Int64(Limits.accounts))
        let position = Position(account: largest, number: Limits.sequencePerAccount)
        #expect(position.rawValue > 0)
        #expect(codec.position(of: codec.eventID(at: position), in: largest) == position)
        #expect(codec.position(of: codec.contactID(at: position), in: largest) == position)
    }
}
