/// Something in a store that does not fit together.
public struct VerificationFinding: Sendable, Hashable {
    /// The check that found it: `integrity`, `events`, `contacts`, `ledger`, `index`, `sequences`, `mismatches`,
    /// `access`.
    public var check: String
    /// What was found, by numbers and ids, without anybody's data.
    public var message: String
}
