import EventLedger

/// Why a command ended without having done what it was asked.
enum AdminFailure: Error, Sendable, Hashable {
    /// Something was not found, was refused, or has a fault.
    case refused(String)
    /// The store cannot be used at present.
    case unavailable(String)
    /// What was asked was done and said already; only the exit code is left to tell that there was a finding.
    case found

    /// The failure that an error of the store stands for.
    init(_ error: StoreError) {
        // The reason can quote a statement of several lines; a log that takes this up counts on one line an error.
        let description = error.description.split(whereSeparator: \.isNewline).joined(separator: " ")
        self = error == .unknownCursor ? .refused(description) : .unavailable(description)
    }

    /// What is said about it on standard error; nil where all was said.
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
