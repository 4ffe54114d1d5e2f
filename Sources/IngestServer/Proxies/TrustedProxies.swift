import EventModel

/// The proxies that an operator has named, and whom requests that come through them are from.
///
/// `Forwarded` (RFC 7239) and `X-Forwarded-For` are believed only where they come from one of them. Each proxy adds at the
/// right whom it got the request from, so the fields are read from there: the first address that is no trusted proxy's is the
/// client's, and what stands left of it is whatever the client made up.
struct TrustedProxies: Sendable, Hashable {
    private let blocks: [AddressBlock]

    /// Reads a setting: addresses and blocks of them with commas between them, such as `10.0.0.0/8, ::1`.
    ///
    /// - Returns: Nil where one of them is none, or where there are more than ``Limits/trustedProxies``.
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
    /// Where both fields are there and name two clients, one of them was sent by the client and passed on by a proxy that
    /// knows only the other. Which one cannot be told, so neither is believed.
    ///
    /// - Parameters:
    ///   - peer: Whom the connection is from.
    ///   - forwarded: The values of `Forwarded`, one a line.
    ///   - forwardedFor: The values of `X-Forwarded-For`, one a line.
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

    /// The first address that is not trusted. Where one cannot be read, or there is no more, it is the proxy that was
    /// reached last.
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
