package import EventModel

/// The answers of the routes that read.
package enum ReadResponse {
    /// A page of the feed: `{"data":[…],"next_cursor":…,"has_more":…}`.
    package static func events(_ page: EventPage) -> APIResponse {
        let byteCount = page.events.reduce(128) { $0 + byteCountWithoutData + ($1.data?.utf8.count ?? 0) }
        return APIResponse(status: 200, reserving: byteCount) { json in
            json.object { json in
                json.name("data")
                json.array(page.events) { $0.event($1) }
                json.name("next_cursor")
                json.string(page.nextCursor?.description)
                json.name("has_more")
                json.boolean(page.hasMore)
            }
        }
    }

    /// One event: `{"data":{…}}`.
    package static func event(_ event: RecordedEvent) -> APIResponse {
        data(reserving: byteCountWithoutData + (event.data?.utf8.count ?? 0)) { $0.event(event) }
    }

    /// One contact: `{"data":{…}}`.
    package static func contact(_ contact: Contact) -> APIResponse {
        data(reserving: byteCountWithoutData) { $0.contact(contact) }
    }

    /// A page of contacts, with its place among all pages: `{"data":[…],"pagination":{…}}`.
    ///
    /// - Parameter query: The query; the answer repeats the page's number and size.
    package static func contacts(_ page: ContactPage, for query: ContactQuery) -> APIResponse {
        let perPage = Int64(query.perPage)
        return APIResponse(status: 200, reserving: 128 + byteCountWithoutData * page.contacts.count) { json in
            json.object { json in
                json.name("data")
                json.array(page.contacts) { $0.contact($1) }
                json.name("pagination")
                json.object { json in
                    json.name("page")
                    json.number(query.page)
                    json.name("per_page")
                    json.number(perPage)
                    json.name("total_count")
                    json.number(page.totalCount)
                    json.name("total_pages")
                    json.number((page.totalCount + perPage - 1) / perPage)
                }
            }
        }
    }

    /// A short answer about the server itself: `{"status":…}`.
    package static func status(_ status: String) -> APIResponse {
        APIResponse(status: 200, reserving: 64) { json in
            json.object { json in
                json.name("status")
                json.string(status)
            }
        }
    }

    /// About how many bytes an event takes without its data, or a whole contact takes.
    private static let byteCountWithoutData = 384

    private static func data(reserving byteCount: Int, _ write: (inout JSONWriter) -> Void) -> APIResponse {
        APIResponse(status: 200, reserving: byteCount) { json in
            json.object { json in
                json.name("data")
                write(&json)
            }
        }
    }
}
