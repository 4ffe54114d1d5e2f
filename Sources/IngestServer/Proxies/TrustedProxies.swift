import EventModel

/// The proxies that an operator has named, used to find whom a request through them is from.
///
/// `Forwarded` (RFC 7239) and `X-Forwarded-For` are believed only if they come from one of these proxies. Each proxy
/// adds at the right whom it got the request from, so the fields are read from there. The first address that is not a
/// trusted proxy's is the client's, and what stands left of it is whatever the client made up.
struct TrustedProxies: Sendable, Hashable {
    private let blocks: [AddressBlock]

    /// Reads a setting: addresses and blocks of them, separated by commas, such as `10.0.0.0/8, ::1`.
    ///
    /// - Returns: Nil if one of them is invalid, or if there are more than ``Limits/trustedProxies``.
    init?(_ text: String) {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingBlanks)
        let blocks = names.compactMap { AddressBlock($0) }
        guard blocks.count == names.count, blocks.count <= Limits.trustedProxies else { return nil }
        self.blocks = blocks
    }

    /// Whether an address is a trusted proxy's.
    func trusts(_ address: IPAddress) -> Bool { blocks.contains { $0.contains(address) } }

    /// Whom a request is from.
    ///
    /// If both fields are present and name two clients, the client sent one of them, and a proxy that knows only the
    /// other passed it on. Nothing shows which one, so neither is believed.
    ///
    /// - Parameters:
    ///   - peer: Whom the connection is from.
    ///   - forwarded: The values of `Forwarded`, one per line of the head.
    ///   - forwardedFor: The values of `X-Forwarded-For`, one per line of the head.
    func client(of peer: IPAddress, forwarded: [String], forwardedFor: [String]) -> IPAddress {
        guard trusts(peer) else { return peer }
        switch (forwarded.isEmpty, forwardedFor.isEmpty) {
        case (true, true):
            return peer
        case (false, true):
            return walk(from: peer, ForwardedField.hops(forwarded))
        case (true, false):
            return walk(from: peer, ForwardedField.hops(ofForwardedFor: forwardedFor))
        case (false, false):
            let client = walk(from: peer, ForwardedField.hops(forwarded))
            return client == walk(from: peer, ForwardedField.hops(ofForwardedFor: forwardedFor)) ? client : peer
        }
    }

    /// The first address that is not trusted. If one cannot be read, or none is left, it is the proxy reached last.
    private func walk(from peer: IPAddress, _ hops: some Sequence<IPAddress?>) -> IPAddress {
        var last = peer
        for hop in hops {
            guard let hop else { return last }
            guard trusts(hop) else { return hop }
            last = hop
        }
        return last
    }
}
