import EventLedger
import Hummingbird
import NIOCore
import Synchronization

/// What the routes of the port know about a request besides the request itself.
struct PublicContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Where the account of the request stands, once its token was checked.
    let rateLimit = RateLimitNote()
    private let connection: any Channel

    init(source: Source) {
        coreContext = .init(source: source)
        connection = source.channel
    }

    /// Announces that the body is about to be read, so that a client that waits for this sends it.
    func expectBody() {
        connection.triggerUserOutboundEvent(ConnectionHandler.RoutingNotice.readsBody, promise: nil)
    }

    /// Announces whose answer comes next, so that it counts as that account's while it is on its way.
    func announceReader(_ account: Account.ID) {
        connection.triggerUserOutboundEvent(ConnectionHandler.RoutingNotice.answersRead(of: account), promise: nil)
    }
}

/// Where an account stands after a request; reported in the answer, whatever the answer is.
final class RateLimitNote: Sendable {
    private let noted = Mutex<RateLimitReport?>(nil)

    var report: RateLimitReport? { noted.withLock { $0 } }

    func note(_ report: RateLimitReport?) {
        noted.withLock { $0 = report }
    }
}
