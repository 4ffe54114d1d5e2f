import EventLedger

/// Why a command ended without having done what it was asked to do.
enum AdminFailure: Error, Sendable, Hashable {
    /// Something was not found, was refused or is invalid.
    case refused(String)
    /// The store cannot be used now.
    case unavailable(String)
    /// The work is done and its result was reported; only the exit code still has to say that there was a finding.
    case found

    /// The failure that an error of the store stands for.
    init(_ error: StoreError) {
        // The reason can quote a statement of several lines; programs that collect logs expect one line for each error.
        let description = error.description.split(whereSeparator: \.isNewline).joined(separator: " ")
        self = error == .unknownCursor ? .refused(description) : .unavailable(description)
    }

    /// The message for standard error; nil if everything was already said.
    var message: String? {
        switch self {
        case .refused(let message), .unavailable(let message): message
        case .found: nil
        }
    }

    /// The code that the process ends with: 69 is EX_UNAVAILABLE of sysexits(3).
    var exitCode: Int32 {
        switch self {
        case .refused, .found: 1
        case .unavailable: 69
        }
    }
}
