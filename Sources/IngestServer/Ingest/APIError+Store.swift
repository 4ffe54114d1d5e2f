import EventLedger
import IngestAPI

extension APIError {
    /// The answer if the store could not do what it was asked.
    ///
    /// - Parameter isRead: Whether the store was only read, and nothing was to be stored.
    init(_ error: StoreError, isRead: Bool = false) {
        switch error {
        case .overloaded:
            self = .overloaded
        case .unknownCursor:
            self = .validationFailed([
                InvalidValue(field: "after", message: "must be the next_cursor of an earlier page of this account")
            ])
        case .diskFull:
            // The store goes on by itself once there is room, so trying again soon makes sense.
            self = isRead ? .storageUnreadable(retryAfterSeconds: 5) : .storageUnavailable(retryAfterSeconds: 5)
        case .writeFailed:
            self = isRead ? .storageUnreadable(retryAfterSeconds: 30) : .storageInDoubt(retryAfterSeconds: 30)
        case .damaged, .unavailable, .inUse, .newerSchema, .migrationMismatch, .needsMigration, .closed,
            .unexpected:
            // It takes an operator, or a restart.
            self = isRead ? .storageUnreadable(retryAfterSeconds: 30) : .storageUnavailable(retryAfterSeconds: 30)
        }
    }
}
