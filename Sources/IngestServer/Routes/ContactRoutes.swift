import EventLedger
import Hummingbird
import IngestAPI

/// `/v1/contacts`, `/v1/contacts/{id}` and the paths below: scope `contacts_read` to read, `contacts_write` to change.
struct ContactRoutes {
    let store: any EventStore
    let authorization: RequestAuthorization
    /// The budget that bodies take from while they come in.
    let bodies: MemoryBudget
    let turns: PageTurns

    func add(to router: Router<PublicRouter.Context>) {
        addReading(to: router)
        addChanges(to: router)
    }

    // MARK: Reading

    private func addReading(to router: Router<PublicRouter.Context>) {
        router.get(Route.contacts.routerPath) { [store, authorization, turns] request, context in
            let account = try authorization.account(of: request, in: context, needing: .contactsRead)
            let query = try ContactQuery(try QueryString.items(of: request.uri.query))
            return try await turns.take(for: account) {
                let page = try await ContactRoutes.page(query, of: account, in: store)
                return Response(ReadResponse.contacts(page, for: query))
            }
        }
        // Otherwise "unsubscribe" would be looked up as the id of a contact.
        for method in [HTTPRequest.Method.get, .patch, .delete] {
            router.on(Route.unsubscribe.routerPath, method: method) { _, _ -> Response in
                throw APIError.methodNotAllowed(allowed: Route.unsubscribe.methods)
            }
        }
        router.get(Route.contact.routerPath) { [store, authorization, turns] request, context in
            let account = try authorization.account(of: request, in: context, needing: .contactsRead)
            let id = try ContactRoutes.id(context)
            return try await turns.take(for: account) {
                guard let contact = try await store.contact(.id(id), in: account) else { throw APIError.notFound }
                return Response(ReadResponse.contact(contact))
            }
        }
    }

    private static func page(
        _ query: ContactQuery,
        of account: Account.ID,
        in store: any EventStore
    ) async throws(StoreError) -> ContactPage {
        guard let reference = query.email.map(ContactReference.email) ?? query.phoneNumber.map(ContactReference.phone)
        else { return try await store.contacts(in: account, offset: query.offset, limit: query.perPage) }
        // Addresses and numbers are unique within an account, so a filter leaves at most one contact.
        guard
            let contact = try await store.contact(reference, in: account),
            query.phoneNumber == nil || contact.phoneNumber == query.phoneNumber
        else { return ContactPage(contacts: [], totalCount: 0) }
        return ContactPage(contacts: query.page == 1 ? [contact] : [], totalCount: 1)
    }

    // MARK: Changing

    private func addChanges(to router: Router<PublicRouter.Context>) {
        router.post(Route.contacts.routerPath) { request, context in
            try await change(request, context) { body throws(APIError) in try ContactRequest.creation(body) }
        }
        router.patch(Route.contacts.routerPath) { request, context in
            try await change(request, context) { body throws(APIError) in try ContactRequest.update(body, of: nil) }
        }
        router.delete(Route.contacts.routerPath) { request, context in
            try await change(request, context) { body throws(APIError) in try ContactRequest.deletion(body) }
        }
        router.post(Route.unsubscribe.routerPath) { request, context in
            try await change(request, context) { body throws(APIError) in
                try ContactRequest.unsubscription(body, of: nil)
            }
        }
        router.patch(Route.contact.routerPath) { request, context in
            try await change(request, context) { body throws(APIError) in
                try ContactRequest.update(body, of: try ContactRoutes.id(context))
            }
        }
        router.delete(Route.contact.routerPath) { request, context in
            try await change(request, context) { _ throws(APIError) in .delete(.id(try ContactRoutes.id(context))) }
        }
        router.post(Route.unsubscribeByID.routerPath) { request, context in
            try await change(request, context) { body throws(APIError) in
                try ContactRequest.unsubscription(body, of: try ContactRoutes.id(context))
            }
        }
    }

    /// Makes a change from a request and carries it out.
    private func change(
        _ request: Request,
        _ context: PublicRouter.Context,
        _ make: (UnsafeRawBufferPointer) throws(APIError) -> ContactChange
    ) async throws -> Response {
        let account = try authorization.account(of: request, in: context, needing: .contactsWrite, readsBody: true)
        let body = try await RoutedBody.json.collect(
            from: request,
            in: context,
            upTo: Limits.contactBodyBytes,
            takingFrom: bodies,
            of: account
        )
        // The buffer's method does not pass typed throws on.
        let change = try body.withBytes { bytes in Result { () throws(APIError) in try make(bytes) } }.get()
        return Response(ContactResponse.response(for: try await store.perform(change, in: account)))
    }

    /// The id in the path. An id of a wrong form, an unknown one and one of another account all get the same answer.
    private static func id(_ context: PublicRouter.Context) throws(APIError) -> ContactID {
        guard let id = context.parameters.get("id").flatMap({ ContactID($0) }) else { throw .notFound }
        return id
    }
}
