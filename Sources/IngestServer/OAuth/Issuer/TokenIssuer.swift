import EventLedger
import Foundation
import IngestAPI
import Logging
import Synchronization

/// An issuer whose access tokens are accepted besides the store's own.
///
/// It holds the issuer's keys, and the tokens that were checked, so that a token's signature is checked once and not
/// for every request.
final class TokenIssuer: Sendable {
    /// What a token of the issuer allows.
    struct Grant: Sendable, Hashable {
        /// The name of the account that its bearer speaks for.
        var account: String
        var scopes: ScopeSet
    }

    private struct State {
        /// The keys; nil until they were read.
        var keys: [VerifyingKey]?
        /// Incremented whenever the keys change.
        var generation = 0
        /// The document that the keys are from.
        var document = Data()
        var checked: [TokenDigest: IssuerClaims] = [:]
        /// When the keys were last asked for because a token named an unknown one.
        var keysWantedAt: ContinuousClock.Instant?
    }

    let settings: IssuerSettings
    /// Yields a value when the keys are to be read again: on ``askForKeys()``, which tokens that name an unknown key
    /// cause at most every ``Limits/issuerKeysWantedSeconds``.
    let keysWanted: AsyncStream<Void>

    private let wantKeys: AsyncStream<Void>.Continuation
    private let checkedTokens: Int
    private let state = Mutex(State())
    private let logger: Logger

    /// - Parameters:
    ///   - checkedTokens: How many tokens are remembered as checked.
    ///   - logger: Logs at the level debug why a token is refused, and nothing that the token holds.
    init(
        _ settings: IssuerSettings,
        checkedTokens: Int = Limits.accessTokensInMemory,
        logger: Logger = Logger(label: "ingest-server")
    ) {
        self.logger = logger
        self.settings = settings
        self.checkedTokens = checkedTokens
        (keysWanted, wantKeys) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether the issuer's keys were read.
    var hasKeys: Bool { state.withLock { $0.keys != nil } }

    /// Whether the issuer has said that it has no keys, so that none of its tokens is valid.
    var hasWithdrawnKeys: Bool { state.withLock { $0.keys?.isEmpty == true } }

    /// Asks for the keys to be read again.
    func askForKeys() {
        wantKeys.yield()
    }

    /// The keys, if they were read, and their generation.
    var current: (keys: [VerifyingKey]?, generation: Int) { state.withLock { ($0.keys, $0.generation) } }

    /// Takes the issuer's keys. Tokens that were checked with others are checked again.
    ///
    /// - Returns: Whether the document is a set with a usable key, or an empty set, with which an issuer withdraws its
    ///   keys; otherwise nothing changes.
    func setKeys(_ document: Data) -> Bool {
        guard let keys = VerifyingKey.keys(of: document) else { return false }
        state.withLock { state in
            guard state.document != document else { return }
            state.keys = keys
            state.generation += 1
            state.document = document
            state.checked = [:]
        }
        return true
    }

    /// What a token that was checked before allows; nil for others, and for one that is not valid at this moment.
    func grant(for digest: TokenDigest, at now: Timestamp) -> Grant? {
        guard let claims = state.withLock({ $0.checked[digest] }) else { return nil }
        return grant(claims, at: now)
    }

    /// Checks a token, and remembers it.
    ///
    /// - Returns: What it allows; nil for one that is not the issuer's, or not valid at this moment.
    /// - Throws: ``APIError/notReady(_:)`` as long as the issuer's keys have not been read.
    func grant(of token: CompactToken, digest: TokenDigest, at now: Timestamp) throws(APIError) -> Grant? {
        guard let claims = IssuerClaims(token.claims, by: settings) else {
            return refuse("it is not of the issuer and for the audience that are set, or has no exp or no account")
        }
        let current = current
        guard let keys = current.keys else {
            throw .notReady("The keys of the token's issuer are not available yet; try again with the same key")
        }
        let candidates = keys.filter { $0.isFor(token.header) }
        guard !candidates.isEmpty else {
            noteUnknownKey()
            return refuse("the issuer has no key of its kid and algorithm")
        }
        let isSigned = candidates.contains { key in
            key.isValidSignature(token.signature, for: token.signedBytes, algorithm: token.header.alg)
        }
        guard isSigned else { return refuse("its signature is wrong") }
        guard let grant = grant(claims, at: now) else { return refuse("it has expired, or is not good yet") }
        remember(claims, digest, at: now, generation: current.generation)
        return grant
    }

    /// Logs that a token is valid, but for an account that is not known here.
    func noteUnknownAccount() {
        note("there is no account of the name that it gives")
    }

    private func refuse(_ reason: String) -> Grant? {
        note(reason)
        return nil
    }

    private func note(_ reason: String) {
        logger.debug("an access token of the issuer is not taken", metadata: ["reason": "\(reason)"])
    }

    private func grant(_ claims: IssuerClaims, at now: Timestamp) -> Grant? {
        guard claims.isGood(at: now, clockSkewSeconds: settings.clockSkewSeconds) else { return nil }
        return Grant(account: claims.account, scopes: claims.scopes)
    }

    /// Remembers a checked token.
    ///
    /// When there are too many, those that have expired are forgotten, and if more than half of the places are still
    /// taken, all of them. A forgotten token costs one check of its signature when it comes again.
    ///
    /// - Parameter generation: The generation of the keys that it was checked with. If there are other keys by now, the
    ///   token is not remembered.
    func remember(_ claims: IssuerClaims, _ digest: TokenDigest, at now: Timestamp, generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.checked.count >= checkedTokens {
                state.checked = state.checked.filter { grant($0.value, at: now) != nil }
                if state.checked.count > checkedTokens / 2 { state.checked = [:] }
            }
            state.checked[digest] = claims
        }
    }

    /// Asks for the keys because a token names an unknown one: an issuer may already sign with a new key.
    ///
    /// Whoever invents names of keys must not make the server ask all the time.
    private func noteUnknownKey() {
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            if let last = state.keysWantedAt, last.duration(to: now) < .seconds(Limits.issuerKeysWantedSeconds) {
                return false
            }
            state.keysWantedAt = now
            return true
        }
        if isDue { askForKeys() }
    }
}
