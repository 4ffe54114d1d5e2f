import EventLedger
import Hummingbird
import Synchronization

/// What the routes of the port know of a request beside the request itself.
struct PublicContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Where the account of the request stands, once its token was looked at.
    let rateLimit = RateLimitNote()

    init(source: Source) {
        coreContext = .init(source: source)
    }
}

/// Where an account stands after a request, for the answer to tell, whatever the answer is.
final class RateLimitNote: Sendable {
    private let noted = Mutex<RateLimitReport?>(nil)

    var report: RateLimitReport? { noted.withLock { $0 } }

    func note(_ report: RateLimitReport?) {
        noted.withLock { $0 = report }
    }
}
