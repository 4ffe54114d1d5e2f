import EventModel
import Testing

@testable import EventLedger

@Suite("The contacts that the writer remembers")
struct ContactCacheTests {
    private let hasher = StoreHashers.forTests.contacts
    private let account = Account.ID(rawValue: 1)

    @Test("two spellings of an address are one contact; another account, number or id is another")
    func hashes() throws {
        let ada = hasher.hash(.email(try EmailAddress("Ada@Example.com")), in: account)
        #expect(ada == hasher.hash(.email(try EmailAddress("ada@example.COM")), in: account))
        #expect(ada != hasher.hash(.email(try EmailAddress("ada@example.com")), in: Account.ID(rawValue: 2)))
        #expect(ada != hasher.hash(.email(try EmailAddress("adb@example.com")), in: account))
        let phone = hasher.hash(.phone(try PhoneNumber("+4915112345678")), in: account)
        #expect(phone != hasher.hash(.phone(try PhoneNumber("+4915112345679")), in: account))
    }

    @Test("a contact that is remembered is found, one that was pushed out is not, and none is found for another")
    func bounded() throws {
        var cache = ContactCache(capacity: 64)
        let contacts = try (1...200).map { number in
            (
                hash: hasher.hash(.email(try EmailAddress("c\(number)@example.com")), in: account),
                position: Position(account: account, number: Int64(number))
            )
        }
        for (hash, position) in contacts { cache.insert(position, for: hash) }
        var found = 0
        for (hash, position) in contacts {
            guard let remembered = cache.position(of: hash) else { continue }
            #expect(remembered == position)
            found += 1
        }
        #expect((40...64).contains(found))
        cache.removeAll()
        #expect(contacts.allSatisfy { cache.position(of: $0.hash) == nil })
    }
}
