import EventModel
import Synchronization

/// The tokens that were not revoked, in memory, so that asking for every request costs a look-up. The writer changes it
/// right after the commit of a change and before it answers, so a revoked token is refused from that answer on.
///
/// It is found by the SHA-256 of a secret with 160 random bits: that a look-up by hash ends earlier or later tells
/// nothing that would help to guess another secret.
final class TokenIndex: Sendable {
    /// One change of the index.
    enum Change: Sendable {
        case add(APIToken, TokenDigest)
        case remove(TokenDigest)
    }

    private let tokens = Mutex<[TokenDigest: APIToken]>([:])

    /// What a token stands for at a moment, or nil where it is unknown, expired or revoked.
    func authorization(for digest: TokenDigest, at now: Timestamp) -> Authorization? {
        guard let token = tokens.withLock({ $0[digest] }), token.isActive(at: now) else { return nil }
        return Authorization(account: token.account, scopes: token.scopes)
    }

    func replaceAll(with list: [(APIToken, TokenDigest)]) {
        tokens.withLock { tokens in
            tokens = Dictionary(list.map { ($0.1, $0.0) }, uniquingKeysWith: { _, last in last })
        }
    }

    func apply(_ changes: [Change]) {
        tokens.withLock { tokens in
            for change in changes {
                switch change {
                case .add(let token, let digest): tokens[digest] = token
                case .remove(let digest): tokens[digest] = nil
                }
            }
        }
    }
}
