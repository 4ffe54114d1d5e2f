// The ledger as most would build it: three ordinary tables, and the key in a B-tree.
//
//     btree-ledger FILE EVENTS EVENTS-PER-TRANSACTION CONTACTS DATA-BYTES
//
// Each transaction looks every key up, finds or makes the contact by its email address, inserts the event and the ledger
// entry. The keys of a transaction are looked up and inserted in their order, which is kinder to the tree than the
// random order in which they come.
#include "peer.h"

static const char schema[] =
    "CREATE TABLE contacts (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, email TEXT NOT NULL,"
    " created_at INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX contacts_by_email ON contacts (account_id, email);"
    "CREATE TABLE events (sequence INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, contact_id INTEGER NOT NULL,"
    " event_type TEXT NOT NULL, event_time INTEGER, received_at INTEGER NOT NULL, data TEXT) STRICT;"
    "CREATE TABLE ledger (account_id INTEGER NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL,"
    " event_sequence INTEGER NOT NULL, accepted_at INTEGER NOT NULL, PRIMARY KEY (account_id, key))"
    " STRICT, WITHOUT ROWID;";

typedef struct {
    char key[KEY_BYTES];
    char email[64];
    int email_bytes;
    int is_known;
    int64_t sequence;
} Event;

static sqlite3_stmt *find_key, *find_contact, *insert_contact, *insert_event, *insert_entry;

static int compare_keys(const void *left, const void *right) {
    return memcmp((*(Event *const *)left)->key, (*(Event *const *)right)->key, KEY_BYTES);
}

static void prepare_all(void) {
    find_key = prepare("SELECT event_sequence FROM ledger WHERE account_id = ? AND key = ?");
    find_contact = prepare("SELECT id FROM contacts WHERE account_id = ? AND email = ?");
    insert_contact = prepare("INSERT INTO contacts (account_id, email, created_at) VALUES (?, ?, ?)");
    insert_event = prepare(
        "INSERT INTO events (account_id, contact_id, event_type, event_time, received_at, data)"
        " VALUES (?, ?, ?, ?, ?, ?)");
    insert_entry = prepare("INSERT INTO ledger VALUES (?, ?, ?, ?, ?)");
    sqlite3_stmt *all[] = {find_key, find_contact, insert_contact, insert_event, insert_entry};
    for (int i = 0; i < 5; i++) sqlite3_bind_int64(all[i], 1, 1);
}

static int is_known(const Event *event) {
    sqlite3_bind_text(find_key, 2, event->key, KEY_BYTES, SQLITE_STATIC);
    int code = sqlite3_step(find_key);
    check(code);
    sqlite3_reset(find_key);
    return code == SQLITE_ROW;
}

static int64_t contact(const Event *event, int64_t now) {
    sqlite3_bind_text(find_contact, 2, event->email, event->email_bytes, SQLITE_STATIC);
    int code = sqlite3_step(find_contact);
    check(code);
    int64_t id = sqlite3_column_int64(find_contact, 0);
    sqlite3_reset(find_contact);
    if (code == SQLITE_ROW) return id;
    sqlite3_bind_text(insert_contact, 2, event->email, event->email_bytes, SQLITE_STATIC);
    sqlite3_bind_int64(insert_contact, 3, now);
    step(insert_contact);
    return sqlite3_last_insert_rowid(database);
}

static void insert(Event *event, int64_t now, const char *data, int data_bytes) {
    sqlite3_bind_int64(insert_event, 2, contact(event, now));
    sqlite3_bind_text(insert_event, 3, event_type, sizeof event_type - 1, SQLITE_STATIC);
    sqlite3_bind_null(insert_event, 4);
    sqlite3_bind_int64(insert_event, 5, now);
    sqlite3_bind_text(insert_event, 6, data, data_bytes, SQLITE_STATIC);
    step(insert_event);
    event->sequence = sqlite3_last_insert_rowid(database);
}

static void enter(const Event *event, int64_t now) {
    sqlite3_bind_text(insert_entry, 2, event->key, KEY_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(insert_entry, 3, event->key, FINGERPRINT_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(insert_entry, 4, event->sequence);
    sqlite3_bind_int64(insert_entry, 5, now);
    step(insert_entry);
}

int main(int count, char **arguments) {
    if (count != 6) {
        fprintf(stderr, "usage: %s FILE EVENTS EVENTS-PER-TRANSACTION CONTACTS DATA-BYTES\n", arguments[0]);
        return 64;
    }
    long events = atol(arguments[2]), contacts = atol(arguments[4]);
    int batch = atoi(arguments[3]), data_bytes = atoi(arguments[5]);
    char *data = make_data(data_bytes);
    Event *batched = calloc((size_t)batch, sizeof *batched);
    Event **in_order = calloc((size_t)batch, sizeof *in_order);

    open_for_writing(arguments[1]);
    run(schema);
    prepare_all();
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");

    start_rates();
    for (long done = 0; done < events;) {
        int size = batch < events - done ? batch : (int)(events - done);
        for (int i = 0; i < size; i++) {
            Event *event = in_order[i] = &batched[i];
            write_key(event->key);
            event->email_bytes = snprintf(
                event->email, sizeof event->email, "shopper%ld@example.com", (long)(random_number() % (uint64_t)contacts));
        }
        qsort(in_order, (size_t)size, sizeof *in_order, compare_keys);
        step(begin);
        int64_t now = milliseconds_since_epoch();
        for (int i = 0; i < size; i++) in_order[i]->is_known = is_known(in_order[i]);
        for (int i = 0; i < size; i++)
            if (!batched[i].is_known) insert(&batched[i], now, data, data_bytes);
        for (int i = 0; i < size; i++)
            if (!in_order[i]->is_known) enter(in_order[i], now);
        step(commit);
        long before = done / STEP;
        done += size;
        if (done / STEP != before) print_rate(done);
    }
    print_total(events);
    return 0;
}
