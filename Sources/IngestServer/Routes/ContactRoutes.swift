import EventLedger
import Hummingbird
import IngestAPI

/// `GET /v1/contacts` and `GET /v1/contacts/{id}`, scope `contacts_read`.
struct ContactRoutes {
    let store: any EventStore

    func add(to router: Router<PublicRouter.Context>) {
        let authorization = RequestAuthorization(store: store)
        router.get("/v1/contacts") { [store] request, context in
            let account = try authorization.account(of: request, in: context, needing: .contactsRead)
            let query = try ContactQuery(try QueryString.items(of: request.uri.query))
            let page = try await ContactRoutes.page(query, of: account, in: store)
            return Response(ReadResponse.contacts(page, for: query))
        }
        router.get("/v1/contacts/:id") { [store] request, context in
            let account = try authorization.account(of: request, in: context, needing: .contactsRead)
            guard
                let id = context.parameters.get("id").flatMap({ ContactID($0) }),
                let contact = try await store.contact(.id(id), in: account)
            else { throw APIError.notFound }
            return Response(ReadResponse.contact(contact))
        }
    }

    private static func page(
        _ query: ContactQuery,
        of account: Account.ID,
        in store: any EventStore
    ) async throws(StoreError) -> ContactPage {
        guard let reference = query.email.map(ContactReference.email) ?? query.phoneNumber.map(ContactReference.phone)
        else { return try await store.contacts(in: account, offset: query.offset, limit: query.perPage) }
        // Addresses and numbers are unique within an account, so a filter leaves one contact at most.
        guard
            let contact = try await store.contact(reference, in: account),
            query.phoneNumber == nil || contact.phoneNumber == query.phoneNumber
        else { return ContactPage(contacts: [], totalCount: 0) }
        return ContactPage(contacts: query.page == 1 ? [contact] : [], totalCount: 1)
    }
}
