import EventLedger
import IngestAPI
import NIOCore
import Zlib

/// What has come in of a request's body, either as it was sent or inflated as it comes in.
///
/// What it holds counts against the server's budget until ``drop()`` is called. It belongs to its connection's event
/// loop, or to the task that made it. It is appended to in place: taking it out of an enumeration to append would hold
/// its bytes twice, and copy all of them for each piece.
struct ReceivedBody: ~Copyable {
    private let budget: MemoryBudget
    /// Whether bodies that come in one piece count as well, as they do if a connection can hold many of them.
    private let reservesAll: Bool
    /// Whose body it is; nil for one that is nobody's.
    private var account: Account.ID?
    private var bytes: ByteBuffer?
    /// What inflates the body, if it is compressed, and how much of it came in compressed.
    private var inflation: (inflater: GzipInflater, compressedBytes: Int)?
    /// How much the body has taken from the server's budget.
    private var reservedBytes = 0

    init(budget: MemoryBudget, reservesAll: Bool, of account: Account.ID? = nil) {
        self.budget = budget
        self.reservesAll = reservesAll
        self.account = account
    }

    /// Takes the body of a request from now on, after that of the previous one was dropped or handed over.
    mutating func begin(of account: Account.ID) {
        self.account = account
    }

    /// Inflates the body from now on.
    ///
    /// - Throws: ``APIError/overloaded`` if there is no memory for it.
    mutating func beginInflating() throws(APIError) {
        guard reserve(Limits.inflaterBytes), let inflater = GzipInflater() else { throw .overloaded }
        inflation = (inflater, 0)
    }

    /// Takes a piece.
    ///
    /// - Parameters:
    ///   - limitBytes: How large the body may be, both as it comes in and inflated.
    ///   - declaredBytes: How large it was declared to be, if it was.
    /// - Returns: The answer if the body is refused.
    mutating func take(_ piece: ByteBuffer, limitBytes: Int, declaredBytes: Int?) -> APIResponse? {
        if inflation != nil { return inflate(piece, limitBytes: limitBytes) }
        do throws(APIError) {
            try append(piece, limitBytes: limitBytes, declaredBytes: declaredBytes)
            return nil
        } catch {
            return error.response
        }
    }

    /// Takes a piece as it is.
    ///
    /// - Throws: ``APIError/payloadTooLarge(limitBytes:)``, ``APIError/overloaded``.
    mutating func append(_ piece: ByteBuffer, limitBytes: Int, declaredBytes: Int?) throws(APIError) {
        let received = bytes?.readableBytes ?? 0
        guard received + piece.readableBytes <= limitBytes else { throw .payloadTooLarge(limitBytes: limitBytes) }
        guard bytes != nil else {
            // Nearly every event comes in one piece, which is kept as it is.
            guard !reservesAll || reserve(piece.readableBytes) else { throw .overloaded }
            bytes = piece
            return
        }
        // Doubled each time, up to what was declared: declaring a length costs nothing, but what is reserved for one
        // body is taken from all others.
        let size = received + piece.readableBytes
        let capacity = max(size, min(declaredBytes ?? size, 2 * size))
        guard reserve(capacity) else { throw .overloaded }
        bytes?.reserveCapacity(capacity)
        bytes?.writeImmutableBuffer(piece)
    }

    /// Inflates a piece of a compressed body.
    ///
    /// The limit holds both for the bytes that come in and for the inflated ones. A body is cut at the limit, so how
    /// much more there would be is never known.
    private mutating func inflate(_ piece: ByteBuffer, limitBytes: Int) -> APIResponse? {
        guard var inflation else { return nil }
        inflation.compressedBytes += piece.readableBytes
        self.inflation = inflation
        guard inflation.compressedBytes <= limitBytes else {
            return APIError.payloadTooLarge(limitBytes: limitBytes).response
        }
        if bytes == nil { bytes = ByteBuffer() }
        var refusal: APIError?
        let outcome = piece.withUnsafeReadableBytes { piece in
            inflation.inflater.inflate(piece) { inflated in
                let size = (bytes?.readableBytes ?? 0) + inflated.count
                if size > limitBytes {
                    refusal = .payloadTooLarge(limitBytes: limitBytes)
                } else if !reserve(size + Limits.inflaterBytes) {
                    refusal = .overloaded
                }
                guard refusal == nil else { return false }
                bytes?.writeBytes(inflated)
                return true
            }
        }
        if let refusal { return refusal.response }
        return outcome == .malformed ? ReceivedBody.notGzip : nil
    }

    private static let notGzip = IngestResponse.rejected([
        InvalidValue(field: "base", message: "must be one whole gzip stream, as Content-Encoding says")
    ])

    /// Takes from the server's budget what the body needs beyond what it has taken already.
    private mutating func reserve(_ size: Int) -> Bool {
        guard size > reservedBytes else { return true }
        guard budget.take(size - reservedBytes, for: account) else { return false }
        reservedBytes = size
        return true
    }

    /// The answer to a body that ended before it was whole.
    var faultAtEnd: APIResponse? {
        guard let inflation, !inflation.inflater.isComplete else { return nil }
        return ReceivedBody.notGzip
    }

    /// Hands the bytes over; their reservation stays until ``drop()``, or goes with ``takeReservation()``.
    mutating func takeBytes() -> ByteBuffer { bytes.take() ?? ByteBuffer() }

    /// Hands the reservation for the bytes over, to whoever keeps them for longer than their request is here.
    mutating func takeReservation() -> MemoryReservation {
        defer { reservedBytes = 0 }
        return MemoryReservation(of: budget, taken: reservedBytes, for: account)
    }

    /// Releases what is held.
    mutating func drop() {
        bytes = nil
        inflation = nil
        guard reservedBytes > 0 else { return }
        budget.giveBack(reservedBytes, of: account)
        reservedBytes = 0
    }
}
