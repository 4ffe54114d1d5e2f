import EventLedger
import HTTPTypes
import Hummingbird
import IngestAPI
import NIOCore

/// `POST /oauth/token`: an access token for an app's credentials.
struct OAuthRoutes {
    let store: any EventStore

    func add(to router: Router<PublicRouter.Context>) {
        let accessTokens = AccessTokens(store: store)
        router.post(Route.accessToken.routerPath) { [store] request, context in
            let asked = try await OAuthRoutes.tokenRequest(request, context)
            guard let app = store.app(clientID: asked.clientID, secret: asked.secret.digest) else {
                throw APIError.invalidClient
            }
            guard let scopes = asked.scopes, scopes.isSubset(of: app.scopes) else { throw APIError.invalidScope }
            let now = Timestamp.now()
            let token = try await accessTokens.make(for: app, allowing: scopes, at: now)
            return Response(TokenResponse.accessToken(token, scopes: scopes, createdAt: now))
        }
    }

    private static func tokenRequest(
        _ request: Request,
        _ context: PublicRouter.Context
    ) async throws -> TokenRequest {
        // Small, and open to anybody: it takes nothing from the budget that accounts share.
        let body = try await RoutedBody.form.collect(
            from: request,
            in: context,
            upTo: Limits.tokenRequestBytes,
            takingFrom: MemoryBudget(bytes: Limits.tokenRequestBytes)
        )
        guard
            let text = body.withBytes({ String(validating: $0, as: UTF8.self) }),
            let items = try? QueryString.items(of: text, plusIsSpace: true)
        else {
            throw APIError.validationFailed([InvalidValue(field: "base", message: "must be percent-encoded UTF-8")])
        }
        return try TokenRequest(
            items,
            authorization: request.headers[values: .authorization],
            decode: QueryString.decodedForm
        )
    }
}
