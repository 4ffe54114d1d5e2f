// What one event in a transaction of its own costs: nearly all of it is the sync.
//
//     one-event FILE EVENTS CONTACTS DATA-BYTES
//
// The contact is found by its email address; the event and the ledger entry are appended. Prints microseconds.
#include "peer.h"

static const char schema[] =
    "CREATE TABLE contacts (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, email TEXT NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX contacts_by_email ON contacts (account_id, email);"
    "CREATE TABLE events (sequence INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, contact_id INTEGER NOT NULL,"
    " event_type TEXT NOT NULL, event_time INTEGER, received_at INTEGER NOT NULL, data TEXT) STRICT;"
    "CREATE TABLE ledger (entry INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, key TEXT NOT NULL,"
    " fingerprint BLOB NOT NULL, event_sequence INTEGER NOT NULL, accepted_at INTEGER NOT NULL) STRICT;";

static int compare(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return difference < 0 ? -1 : difference > 0;
}

static void insert_contacts(long contacts) {
    sqlite3_stmt *insert = prepare("INSERT INTO contacts (account_id, email) VALUES (1, ?)");
    run("BEGIN IMMEDIATE");
    for (long i = 0; i < contacts; i++) {
        char email[64];
        int bytes = snprintf(email, sizeof email, "shopper%ld@example.com", i);
        sqlite3_bind_text(insert, 1, email, bytes, SQLITE_STATIC);
        step(insert);
    }
    run("COMMIT");
    sqlite3_finalize(insert);
}

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "usage: %s FILE EVENTS CONTACTS DATA-BYTES\n", arguments[0]);
        return 64;
    }
    long events = atol(arguments[2]), contacts = atol(arguments[3]);
    int data_bytes = atoi(arguments[4]);
    char *data = make_data(data_bytes);
    double *took = calloc((size_t)events, sizeof *took);

    open_for_writing(arguments[1]);
    run(schema);
    insert_contacts(contacts);
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    sqlite3_stmt *find_contact = prepare("SELECT id FROM contacts WHERE account_id = 1 AND email = ?");
    sqlite3_stmt *insert_event = prepare(
        "INSERT INTO events (account_id, contact_id, event_type, received_at, data) VALUES (1, ?, ?, ?, ?)");
    sqlite3_stmt *insert_entry = prepare(
        "INSERT INTO ledger (account_id, key, fingerprint, event_sequence, accepted_at) VALUES (1, ?, ?, ?, ?)");

    for (long i = 0; i < events; i++) {
        char key[KEY_BYTES], email[64];
        write_key(key);
        int email_bytes = snprintf(
            email, sizeof email, "shopper%ld@example.com", (long)(random_number() % (uint64_t)contacts));
        double start = seconds_now();
        int64_t now = milliseconds_since_epoch();
        step(begin);
        sqlite3_bind_text(find_contact, 1, email, email_bytes, SQLITE_STATIC);
        check(sqlite3_step(find_contact));
        sqlite3_bind_int64(insert_event, 1, sqlite3_column_int64(find_contact, 0));
        sqlite3_reset(find_contact);
        sqlite3_bind_text(insert_event, 2, event_type, sizeof event_type - 1, SQLITE_STATIC);
        sqlite3_bind_int64(insert_event, 3, now);
        sqlite3_bind_text(insert_event, 4, data, data_bytes, SQLITE_STATIC);
        step(insert_event);
        sqlite3_bind_text(insert_entry, 1, key, KEY_BYTES, SQLITE_STATIC);
        sqlite3_bind_blob(insert_entry, 2, key, FINGERPRINT_BYTES, SQLITE_STATIC);
        sqlite3_bind_int64(insert_entry, 3, sqlite3_last_insert_rowid(database));
        sqlite3_bind_int64(insert_entry, 4, now);
        step(insert_entry);
        step(commit);
        took[i] = (seconds_now() - start) * 1e6;
    }
    qsort(took, (size_t)events, sizeof *took, compare);
    printf("p50_us %.1f\np99_us %.1f\n", took[events / 2], took[events * 99 / 100]);
    return 0;
}
