import EventModel
import TestSupport
import Testing

@testable import IngestServer

/// Whom a request is from if it came through proxies.
@Suite struct ProxyTests {
    private static let proxies = TrustedProxies("10.0.0.0/8, 192.0.2.7, 2001:db8::/32")

    @Test(
        "the first address from the right that is no trusted proxy's is the client's",
        arguments: [
            ("10.0.0.1", [], [], "10.0.0.1"),
            ("10.0.0.1", [], ["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", [], ["198.51.100.1, 203.0.113.9, 10.1.1.1"], "203.0.113.9"),
            ("10.0.0.1", [], ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", [], ["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", [], ["2a00::9"], "2a00::9"), ("10.0.0.1", [], ["[2a00::9]:4711"], "2a00::9"),
            ("10.0.0.1", [], ["10.0.0.3, 192.0.2.7"], "10.0.0.3"),
            ("10.0.0.1", ["for=203.0.113.9;proto=https;by=10.0.0.1"], [], "203.0.113.9"),
            ("10.0.0.1", ["For=\"[2a00::9]:4711\" ; proto=https, for=10.0.0.3"], [], "2a00::9"),
            ("10.0.0.1", ["for=198.51.100.1", "proto=http; for=\"203.0.113.9:80\""], [], "203.0.113.9"),
            ("::ffff:10.0.0.1", [], ["203.0.113.9"], "203.0.113.9"),
            ("2001:db8::1", [], ["203.0.113.9"], "203.0.113.9"),
        ] as [(String, [String], [String], String)]
    )
    func client(peer: String, forwarded: [String], forwardedFor: [String], client: String) throws {
        #expect(try ProxyTests.client(of: peer, forwarded, forwardedFor) == client)
    }

    @Test(
        "nobody else is believed",
        arguments: [
            ("203.0.113.1", ["for=198.51.100.1"], []), ("203.0.113.1", [], ["198.51.100.1"]),
            ("11.0.0.1", [], ["1.1.1.1"]),
            ("192.0.2.8", [], ["198.51.100.1"]), ("2001:db9::1", [], ["198.51.100.1"]),
        ] as [(String, [String], [String])]
    )
    func untrusted(peer: String, forwarded: [String], forwardedFor: [String]) throws {
        #expect(try ProxyTests.client(of: peer, forwarded, forwardedFor) == peer)
    }

    @Test(
        "beyond what cannot be read nothing is believed, and what a client puts at the left hides nothing at the right",
        arguments: [
            (["for=unknown"], [], "10.0.0.1"), (["for=_hidden"], [], "10.0.0.1"), (["proto=https"], [], "10.0.0.1"),
            (["for"], [], "10.0.0.1"), (["for=\"10.0.0.9"], [], "10.0.0.1"),
            (["for=1.1.1.1;for=2.2.2.2"], [], "10.0.0.1"),
            (["for=198.51.100.1, garbage, for=10.0.0.3"], [], "10.0.0.3"),
            (["for=\"198.51.100.1, for=203.0.113.9"], [], "203.0.113.9"),
            (["for=\"\\\"", "for=\"203.0.113.9\""], [], "203.0.113.9"),
            (["by=\"a,for=1.1.1.1\\\",\";for=203.0.113.9"], [], "203.0.113.9"),
            ([], ["198.51.100.1, what, 10.0.0.3"], "10.0.0.3"), ([], ["", " , ,"], "10.0.0.1"),
            ([], ["198.51.100.1, \"203.0.113.9"], "10.0.0.1"), ([], ["203.0.113.9,,"], "203.0.113.9"),
            ([], ["256.1.1.1"], "10.0.0.1"), ([], ["[2a00::9"], "10.0.0.1"), ([], ["[2a00::9]x"], "10.0.0.1"),
        ] as [([String], [String], String)]
    )
    func malformed(forwarded: [String], forwardedFor: [String], client: String) throws {
        #expect(try ProxyTests.client(of: "10.0.0.1", forwarded, forwardedFor) == client)
    }

    @Test("of two fields that name two clients neither is believed, since the client may have sent one of them")
    func both() throws {
        #expect(try ProxyTests.client(of: "10.0.0.1", ["for=203.0.113.9"], ["203.0.113.9"]) == "203.0.113.9")
        #expect(try ProxyTests.client(of: "10.0.0.1", ["for=198.51.100.1"], ["203.0.113.9"]) == "10.0.0.1")
    }

    @Test("a setting is addresses and blocks, none of them doubtful")
    func settings() {
        for text in ["10.0.0.1", "::1, 10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/33", "10.0.0.1/32"] {
            #expect(TrustedProxies(text) != nil, "\(text)")
        }
        for text in [
            "", ",", "10.0.0.1,", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "localhost",
            "10.0.0", "2001:db8::1/32", "::/129", "10.0.0.0/8/8", "*",
        ] {
            #expect(TrustedProxies(text) == nil, "\(text)")
        }
        let many = Array(repeating: "10.0.0.1", count: Limits.trustedProxies)
        #expect(TrustedProxies(many.joined(separator: ",")) != nil)
        #expect(TrustedProxies((many + ["10.0.0.1"]).joined(separator: ",")) == nil)
    }

    @Test("all of IPv4 is not all of IPv6, nor the other way round")
    func families() throws {
        let version4 = try #require(IPAddress("203.0.113.9"))
        let version6 = try #require(IPAddress("2a00::9"))
        #expect(AddressBlock("0.0.0.0/0")?.contains(version4) == true)
        #expect(AddressBlock("0.0.0.0/0")?.contains(version6) == false)
        #expect(AddressBlock("::/0")?.contains(version6) == true)
        #expect(AddressBlock("::/0")?.contains(version4) == false)
    }

    @Test(
        "whatever a client puts at the left, what its proxy adds counts",
        arguments: SeededGenerator.seeds(4)
    )
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "for=", "\"", "[", "]", ";", ",", ":", "\\", " ", "\t", "=", "by", "198.51.100.1", "10.0.0.1",
            "2001:db8::1",
            "::", "unknown", "é",
        ]
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<12, using: &generator)
            let made = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            for added in ["for=203.0.113.9", "proto=https;for=\"203.0.113.9:80\""] {
                #expect(try ProxyTests.client(of: "10.0.0.1", [made, added], []) == "203.0.113.9", "\(made)")
                #expect(try ProxyTests.client(of: "10.0.0.1", [made + "," + added], []) == "203.0.113.9", "\(made)")
            }
            #expect(try ProxyTests.client(of: "10.0.0.1", [], [made, "203.0.113.9"]) == "203.0.113.9", "\(made)")
            // Read to its end if the proxy's own proxy is trusted.
            _ = try ProxyTests.client(of: "10.0.0.1", [made, "for=10.0.0.3"], [])
            _ = try ProxyTests.client(of: "10.0.0.1", [], [made, "10.0.0.3"])
        }
    }

    private static func client(of peer: String, _ forwarded: [String], _ forwardedFor: [String]) throws -> String {
        let proxies = try #require(proxies)
        let address = try #require(IPAddress(peer))
        return proxies.client(of: address, forwarded: forwarded, forwardedFor: forwardedFor).description
    }
}
