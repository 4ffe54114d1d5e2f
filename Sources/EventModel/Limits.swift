/// Every limit of the product, in one place; those of connections are in `Limits+Server.swift`.
///
/// A request, a value or a queue beyond its limit is refused with an error that names the limit; nothing is silently
/// truncated. A test asserts the relations between the limits.
public enum Limits {
    // MARK: A request

    /// The largest body of `POST /v1/events`, in bytes.
    public static let requestBodyBytes = 262_144
    /// The longest line of an import, in bytes: the line of the largest event, with everything that an export adds to
    /// what the request's body held, such as the time of receipt and a key that came in a header.
    public static let importLineBytes = requestBodyBytes + 8_192
    /// The most events of one batch.
    public static let batchEvents = 1_000
    /// The largest body of `POST /v1/events/batch`, in bytes. Each of its events may be as large as a body of
    /// `POST /v1/events`.
    public static let batchBodyBytes = 8 * 1_024 * 1_024
    /// The largest body of the routes that change contacts, in bytes.
    public static let contactBodyBytes = 64 * 1_024
    /// How deep `event_data` may nest: the object itself is level 0, and a container at level 10 is still accepted.
    public static let eventDataDepth = 10
    /// How deep any other part of a request's body may nest.
    public static let requestBodyDepth = 64
    /// How many faults one answer lists; if there are more, the last entry says so.
    public static let faultsPerAnswer = 100

    // MARK: A value

    /// The longest `event_type`, in characters (all of them ASCII).
    public static let eventTypeCharacters = 128
    /// The longest idempotency key, in bytes of UTF-8.
    public static let idempotencyKeyBytes = 255
    /// The longest email address, in bytes (RFC 5321, section 4.5.3.1.3, less the angle brackets).
    public static let emailBytes = 254
    /// The longest phone number, in digits after the `+` (ITU-T E.164).
    public static let phoneDigits = 15
    /// The largest `event_data`, in bytes: what fits in a request.
    public static let eventDataBytes = requestBodyBytes
    /// The longest name of an account, a token or a contact's field, in characters.
    public static let nameCharacters = 128
    /// The most tags of a contact.
    public static let contactTags = 100
    /// The longest tag, in characters.
    public static let contactTagCharacters = 64
    /// The most custom fields of a contact.
    public static let customFields = 100
    /// The longest string, or number, in a custom field, in characters.
    public static let customFieldCharacters = 1_000
    /// The most bytes that a contact's custom fields take as JSON.
    public static let customFieldsBytes = 32 * 1_024
    /// The longest reason for which a contact was unsubscribed, in characters.
    public static let unsubscribeReasonCharacters = 500
    /// The longest `X-Request-Id` that is adopted from a request, in visible ASCII characters.
    public static let requestIDCharacters = 128

    // MARK: A store

    /// The highest account number; an account is the upper 23 bits of a position.
    public static let accounts = 8_388_607
    /// The most events, and likewise contacts, of one account; a sequence number is the lower 40 bits of a position.
    public static let sequencePerAccount: Int64 = (1 << 40) - 1
    /// How many event numbers, and likewise contact numbers, each account skips when a store is restored. That is more
    /// than an account can have given out since a backup of a day ago, at 10,000 a second, and few enough for a
    /// thousand restores.
    public static let numbersPassedOver: Int64 = 1 << 30
    /// How many account numbers are skipped when a store is restored.
    public static let accountsPassedOver: Int64 = 8_192
    /// How many version numbers the secret of each app skips when a store is restored.
    public static let secretVersionsPassedOver: Int64 = 1 << 30
    /// The highest number of a ledger entry, counted over all accounts together; it is more entries than a disk holds.
    public static let ledgerEntries: Int64 = (1 << 52) - 1
    /// The most active tokens of one account.
    public static let activeTokensPerAccount = 25

    /// The most OAuth apps of one account.
    public static let appsPerAccount = 25
    /// The highest limit of an account's requests in a window.
    public static let requestsPerWindow: Int64 = 1_000_000_000
    /// How far before the start of a window a clock reading may lie and still count in that window, in seconds.
    public static let rateWindowOverlapSeconds: Int64 = 5
    /// The highest window number, counted from 1970, that is accepted from a file; windows of a minute reach it in two
    /// million years.
    package static let rateWindows: Int64 = 1 << 40

    // MARK: OAuth

    /// How long an access token is valid, in seconds.
    public static let accessTokenSeconds: Int64 = 7_200
    /// The longest access token that is accepted for checking, in bytes.
    public static let accessTokenBytes = 4_096
    /// The most access tokens that are remembered as checked; the signature of one that was forgotten is checked again.
    public static let accessTokensInMemory = 65_536
    /// The most keys that are used from another issuer's JWK set.
    public static let issuerKeys = 64
    /// The largest JWK set of another issuer, in bytes.
    public static let issuerKeysBytes = 256 * 1_024
    /// The interval at which another issuer's keys are read again, in seconds.
    public static let issuerKeysSeconds = 600
    /// The interval between attempts while no keys of that issuer have been read yet, in seconds.
    public static let issuerKeysRetrySeconds = 10
    /// The shortest interval between reads that happen because a token names an unknown key, in seconds.
    public static let issuerKeysWantedSeconds = 30
    /// How long another issuer may take to deliver its keys, in seconds.
    public static let issuerKeysTimeoutSeconds = 10
    /// The most that another issuer's clock may be allowed to differ, in seconds.
    public static let clockSkewSeconds = 600
    /// The largest body of `POST /oauth/token`, in bytes.
    public static let tokenRequestBytes = 4_096

    // MARK: Opening

    /// How long a store may take to open before the server's port answers that it is being opened, in milliseconds.
    public static let openingDelayMilliseconds = 200

    // MARK: The writer

    /// The most events that one turn of an event loop hands to the store as one list.
    public static let eventsPerTurn = 256
    /// The most commands of one transaction.
    public static let commandsPerTransaction = 1_024
    /// The most bytes of event data, keys and names in one transaction.
    public static let bytesPerTransaction = 4 * 1_024 * 1_024
    /// The most commands that wait for the writer; one more is refused as overloaded. An account has no more of them
    /// than it leaves to others, so at most half.
    public static let queuedCommands = 32_768
    /// The most bytes that wait for the writer; a command beyond them is refused as overloaded. An account has at most
    /// half.
    public static let queuedBytes = 128 * 1_024 * 1_024
    /// The most events that one change erases.
    public static let eventsPerErasure = 1_000
    /// How long the writer must have been idle before it does work that nobody waits for, in milliseconds.
    public static let backgroundDelayMilliseconds = 50
    /// How often the writer checks, while it is idle, that the store's files are in their place, in milliseconds.
    public static let idleLookMilliseconds = 5_000
    /// How many times a reader checks a log that seems not to be the store's, because another process may have opened
    /// and closed the store in the meantime.
    public static let logLooks = 3
    /// The interval between attempts to copy a log that no longer has a name into the database while a reader blocks
    /// it, in milliseconds.
    public static let unnamedLogIntervalMilliseconds = 500
    /// How long a store that is being closed continues these attempts, in milliseconds.
    public static let unnamedLogMilliseconds = 60_000
    /// The most accounts whose numbers the writer keeps in memory.
    public static let accountsInMemory = 100_000
    /// The most keys whose repeats are counted in memory before the counts are written.
    public static let talliedKeys = 65_536
    /// The most payloads that wait to be compared with the first payload of their key.
    public static let mismatchesInMemory = 256
    /// The most bytes of such payloads.
    public static let mismatchBytesInMemory = 4 * 1_024 * 1_024
    /// The most bytes of such payloads, together with those that they are compared with, that one transaction compares
    /// besides its commands; only the last pair may exceed it.
    public static let mismatchBytesPerTransaction = 32 * 1_024
    /// The same while nobody waits. Any one payload fits in it.
    public static let mismatchBytesPerIdleTransaction = 2 * requestBodyBytes
    /// The most bytes of data in two payloads, taken together, that are compared member by member. If there are more,
    /// only the fact that they differ is reported, not where: the comparison would delay everybody's events.
    public static let differenceBytes = 64 * 1_024
    /// The most JSON pointers that say where two payloads differ.
    public static let pointersPerMismatch = 20
    /// The longest of these pointers, in bytes.
    public static let pointerBytes = 256
    /// How often the counts of limited accounts are written, in milliseconds; a crash loses no more of them than this.
    public static let rateCountIntervalMilliseconds: Int64 = 10_000
    /// The most counts of limited accounts that one transaction writes.
    public static let rateCountsPerTransaction = 256
    /// The most counts of repeats that one transaction writes besides its commands.
    public static let talliesPerTransaction = 256
    /// The number of rows in the log of repeats beyond which its oldest rows are folded into one row for each key.
    public static let replayLogRows = 65_536

    /// How much free space a disk that was full must have to count as usable again, in bytes: a few transactions.
    public static let roomBytes: UInt64 = 16 * 1_024 * 1_024

    // MARK: The ledger's index

    /// How many entries are kept in memory before they are sealed into a segment; a power of two.
    public static let ledgerTableEntries = 131_072
    /// How many segments of one level are merged into one of the next.
    public static let ledgerMergeFanOut = 8
    /// The highest level, with segments of 131,072 × 8³ entries, 67 million; they are merged no further.
    public static let ledgerHighestLevel = 3
    /// How many codes of eight bytes one page of a segment holds: as many as fit in one page of the database.
    public static let ledgerCodesPerPage = 507
    /// How many bits a segment's filter has for each key.
    public static let ledgerFilterBitsPerKey = 12
    /// For how many new entries one step of sealing and merging is done; a step writes a page or deletes a few pages.
    public static let ledgerEntriesPerStep = 32
    /// The most steps in one transaction while nobody waits; a caller that arrives then waits for no more than these.
    public static let ledgerStepsPerIdleTransaction = 32
    /// How many rows of the ledger are read at a time when a store is opened.
    public static let ledgerRowsPerRead = 8_192
    /// The most steps in one transaction while a store is opened, when nobody can be waiting yet.
    public static let ledgerStepsPerOpeningTransaction = 1_024
    /// How many pages of merged segments one step deletes.
    public static let ledgerPagesDeletedPerStep = 8
    /// How many rows of expired keys one step deletes.
    public static let ledgerRowsDeletedPerStep = 64
    /// The most entries that one transaction expires according to their accounts' settings.
    public static let ledgerExpiriesPerTransaction = 4_096
    /// How often the writer looks for expired keys while events come in, in milliseconds.
    public static let ledgerExpiryIntervalMilliseconds: Int64 = 60_000
    /// How many contacts' numbers are kept in memory, for events that name their contact by an address.
    public static let contactsInMemory = 262_144

    // MARK: Reading

    /// The most rows of one page of the feed.
    public static let pageRows = 1_000
    /// The rows of a page of the feed if the reader asks for no number.
    public static let defaultPageRows = 100
    /// The most bytes of event data in one page of the feed; a page ends early rather than exceed it by more than one
    /// event.
    public static let pageBytes = 16 * 1_024 * 1_024
    /// The most rows that one filtered page scans; after that many the page ends early and says that there is more.
    public static let rowsScannedPerPage = 100_000
    /// The most contacts of one page.
    public static let contactPageRows = 100
    /// The contacts of one page if the reader asks for no number.
    public static let defaultContactPageRows = 25
    /// The read-only connections of one store, each with a thread of its own.
    public static let readConnections = 4
    /// The most reads that wait for a connection; one more is refused as overloaded. In a server an account has at most
    /// half.
    public static let queuedReads = 4_096

    /// The most findings that one verification reports.
    public static let faultsPerVerification = 100
    /// How many keys a verification compares with each other in one pass over the ledger, at sixteen bytes each.
    public static let rowsPerVerificationPass = 4_000_000

    // MARK: The admin tool

    /// The most rejected lines that one import lists.
    public static let rejectedLinesListed = 20
    /// The most contacts that an export keeps in memory, to avoid looking them up for each of their events.
    public static let exportedContactsInMemory = 100_000

    // MARK: The write-ahead log

    /// The size of the write-ahead log from which the writer checkpoints, in pages of 4,096 bytes.
    public static let checkpointPages: Int32 = 4_000
    /// How many times that size the log may reach while readers delay a checkpoint; then the readers of the same
    /// process have to wait.
    public static let checkpointsBeforePause: Int32 = 4
    /// How long the writer waits for reads in progress, in milliseconds, before it copies the log without regard to
    /// them.
    public static let readersPauseMilliseconds = 250
}
