import EventModel
import SQLite

/// What the writer knows about an account while it runs the account's commands.
struct CurrentAccount {
    let id: Account.ID
    var numbering: AccountRepository.Numbering
    /// Whether the open transaction gave out numbers.
    var isChanged = false
}

extension WriterSession {
    /// Makes an account the current one.
    ///
    /// - Returns: False if there is no such account.
    mutating func enter(_ account: Account.ID) throws(SQLiteError) -> Bool {
        if current?.id == account { return true }
        leaveCurrent()
        guard let numbering = try numbering(of: account) else { return false }
        // An account that becomes current again may have been given numbers earlier in the transaction.
        current = CurrentAccount(id: account, numbering: numbering, isChanged: changedAccounts.contains(account))
        return true
    }

    /// Puts the state of the current account beside those of the others.
    private mutating func leaveCurrent() {
        guard let left = current else { return }
        current = nil
        accountStates[left.id] = left.numbering
        if left.isChanged { changedAccounts.insert(left.id) }
    }

    mutating func numbering(of account: Account.ID) throws(SQLiteError) -> AccountRepository.Numbering? {
        if let current, current.id == account { return current.numbering }
        if let known = accountStates[account] { return known }
        guard let stored = try accounts.numbering(of: account) else { return nil }
        try accounts.requireNothingBeyond(stored, of: account)
        // Bounded, because what is dropped is read again; nothing that the open transaction changed is dropped.
        if accountStates.count >= Limits.accountsInMemory, changedAccounts.isEmpty { accountStates.removeAll() }
        accountStates[account] = stored
        return stored
    }

    /// Writes the numbers that the open transaction gave out.
    func flushNumbering() throws(SQLiteError) {
        if let current, current.isChanged { try accounts.update(current.numbering, of: current.id) }
        for account in changedAccounts where account != current?.id {
            if let numbering = accountStates[account] { try accounts.update(numbering, of: account) }
        }
    }

    /// Sets how long an account's keys answer; nil for ever. Keys that have expired by now stay expired: their rows may
    /// be gone, or a later row of the same key may exist. If all have expired, this is noted only for what the ledger
    /// holds. Otherwise, if the clock is ahead and is set right again, later keys would have expired before they were
    /// accepted.
    mutating func setKeyRetention(_ milliseconds: Int64?, of account: Account.ID) throws(SQLiteError) {
        let liveSince = try oldestLive(of: account).map { min($0, ledger.afterLast) }
        try accounts.setKeyRetention(milliseconds, liveSince: liveSince, of: account)
        if current?.id == account { current?.numbering.setKeyRetention(milliseconds, liveSince: liveSince) }
        accountStates[account]?.setKeyRetention(milliseconds, liveSince: liveSince)
        if milliseconds != nil { keyExpiry = WriterSession.keyExpiry(dueAt: now) }
    }

    // MARK: Expiry

    /// How often keys are looked for that have expired, the first time at a moment.
    static func keyExpiry(dueAt now: Timestamp) -> Interval {
        Interval(milliseconds: Limits.ledgerExpiryIntervalMilliseconds, dueAt: now)
    }

    /// The time before which an account's keys have expired; nil for never.
    private mutating func oldestLive(of account: Account.ID) throws(SQLiteError) -> Timestamp? {
        try numbering(of: account)?.oldestLive(at: now)
    }

    /// Makes keys expire by their accounts' settings, from time to time. Expired keys do not answer before that either;
    /// this frees their place.
    mutating func expireKeysIfDue() throws(SQLiteError) {
        guard let keyExpiry, keyExpiry.isDue(at: now) else { return }
        let oldest = try ledger.oldestEntries(atMost: Limits.ledgerExpiriesPerTransaction)
        var isDone = oldest.count < Limits.ledgerExpiriesPerTransaction
        var firstLive: Int64?
        for entry in oldest {
            guard let cutoff = try oldestLive(of: entry.account), entry.acceptedAt < cutoff else {
                isDone = true
                break
            }
            firstLive = entry.number + 1
        }
        if let firstLive { try ledger.expire(before: firstLive) }
        if isDone { self.keyExpiry?.begin(at: now) }
    }
}

extension AccountRepository.Numbering {
    fileprivate mutating func setKeyRetention(_ milliseconds: Int64?, liveSince: Timestamp?) {
        keyRetentionMilliseconds = milliseconds
        keysLiveSince = liveSince
    }
}
