import EventLedger
import Hummingbird
import IngestAPI

extension RequestAuthorization {
    /// See ``account(_:needing:_:)``; where the account stands is noted in the context, for the answer.
    ///
    /// Whether the client accepts the answer's type is checked as soon as its token is found valid, before anything is
    /// done for it.
    ///
    /// - Parameter readsBody: Whether the request has a body, whose size and type are checked before that: see
    ///   ``RoutedBody``.
    func account(
        of request: Request,
        in context: PublicRouter.Context,
        needing scope: Scope,
        readsBody: Bool = false
    ) throws(APIError) -> Account.ID {
        var report: RateLimitReport?
        defer { context.rateLimit.note(report) }
        let token = PresentedToken(FieldValue(request.headers[values: .authorization]))
        let account = try account(token, needing: scope, &report)
        if !readsBody {
            try request.checkAcceptsJSON()
            context.announceReader(account)
        }
        return account
    }
}
