import EventLedger
import IngestAPI

/// The process that holds a store does not listen, so it received nothing and nothing was changed.
struct NotListening: Error {
    /// What is in the way.
    enum Obstacle: Sendable, Hashable {
        /// The path is longer than a socket's may be.
        case pathTooLong
        /// There is nothing at the path.
        case noSocket
        /// The socket is another user's.
        case notPermitted
        /// The file is not a socket, or nobody listens on it any more, or not yet.
        case silent
    }

    let obstacle: Obstacle
    let store: StorePath
    /// The process that held the store when it was asked; 0 if this user may not see it.
    let processID: Int32

    /// The failure to report if the process still does not listen.
    ///
    /// - Parameter outcome: The outcome of the request, such as "nothing was changed".
    func failure(_ outcome: String) -> AdminFailure {
        let holder = AdminFailure.holder(processID)
        let socketPath = ControlSocket.path(forStore: store.database)
        // The holder may have ended since.
        let holderNow = StoreLock.holder(of: store)
        guard let holderNow else {
            return .unavailable("\(holder) held the store and has given it up; \(outcome). Nobody holds it now")
        }
        if holderNow == 0, obstacle == .noSocket {
            return .unavailable(
                "this user may not see who holds the store, and there is no socket at \(socketPath); \(outcome). Try again as "
                    + "the store's owner"
            )
        }
        return switch obstacle {
        case .pathTooLong:
            .unavailable(
                "\(holder) holds the store and cannot be asked: the path \(socketPath) has more than the "
                    + "\(ControlSocket.pathBytes) bytes that a socket's may have; \(outcome). Stop that process first, or "
                    + "move the store to where its path is shorter"
            )
        case .noSocket:
            .unavailable(
                "\(holder) holds the store and has no socket at \(socketPath) (another store-admin, or a program that "
                    + "embeds the store, has none); \(outcome). Wait until it is done, or stop it, then try again"
            )
        case .notPermitted:
            .unavailable(
                "\(holder) holds the store, and this user may not use its socket \(socketPath); \(outcome). Try again as "
                    + "the user that runs that process"
            )
        case .silent:
            .unavailable(
                "\(holder) holds the store and does not listen on \(socketPath); \(outcome). It may be starting or "
                    + "stopping: try again in a moment"
            )
        }
    }
}

extension AdminFailure {
    /// How messages name the process that holds the store.
    static func holder(_ processID: Int32) -> String {
        processID == 0 ? "another process" : "process \(processID)"
    }

    /// The failure of a change that needs the store for itself.
    static func heldStore(by processID: Int32) -> AdminFailure {
        .unavailable(
            "\(holder(processID)) holds the store for writing; stop it, then run this again. Nothing was changed"
        )
    }
}
