// The ledger without random writes, as bare as it can be: appended in order, found through memory, sealed in segments.
//
//     segmented-ledger FILE EVENTS EVENTS-PER-TRANSACTION CONTACTS DATA-BYTES
//
// A table in memory finds the newest 2^20 keys by their hash. When it is full, its hashes are sorted, written as one
// segment of packed parts, and a Bloom filter of 16 bits a key stays in memory; one filter after the other is asked, and
// nothing is merged. A hash that is found is checked against the key in the ledger itself. Contacts are found in memory.
#include "peer.h"

#define SEGMENT (1 << 20)
#define SLOTS (SEGMENT * 2)
#define PART 4096
#define PARTS (SEGMENT / PART)
#define FILTER_LINES (SEGMENT * 16 / 512)
#define SEGMENTS 1024

static const char schema[] =
    "CREATE TABLE contacts (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, email TEXT NOT NULL,"
    " created_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE events (sequence INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, contact_id INTEGER NOT NULL,"
    " event_type TEXT NOT NULL, event_time INTEGER, received_at INTEGER NOT NULL, data TEXT) STRICT;"
    "CREATE TABLE ledger (entry INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, key TEXT NOT NULL,"
    " fingerprint BLOB NOT NULL, event_sequence INTEGER NOT NULL, accepted_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE segment_parts (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;";

typedef struct {
    uint64_t hash;
    int64_t entry;
} Found;

static Found *newest;    // in the order of their coming
static uint32_t *slots;  // 1 + an index into `newest`, or 0
static int newest_count;
static uint64_t *filters[SEGMENTS];      // lines of 512 bits
static uint64_t *first_hashes[SEGMENTS]; // of each part
static int segment_count;
static sqlite3_stmt *find_entry, *find_part, *insert_part, *insert_contact, *insert_event, *insert_entry;

static uint64_t mix(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

static uint64_t hash_of(const char *bytes, int count) {
    uint64_t hash = 0x9E3779B97F4A7C15ULL, word;
    for (; count >= 8; bytes += 8, count -= 8) {
        memcpy(&word, bytes, 8);
        hash = mix(hash ^ word);
    }
    word = (uint64_t)count;
    memcpy(&word, bytes, (size_t)count);
    return mix(hash ^ word);
}

// The line of a filter that a hash belongs to, and six of its bits.
static uint64_t *line(uint64_t *filter, uint64_t hash) { return filter + (hash & (FILTER_LINES - 1)) * 8; }

static void add_to(uint64_t *filter, uint64_t hash) {
    uint64_t *words = line(filter, hash), bits = mix(hash);
    for (int i = 0; i < 6; i++, bits >>= 9) words[(bits & 511) >> 6] |= 1ULL << (bits & 63);
}

static int may_hold(uint64_t *filter, uint64_t hash, uint64_t bits) {
    uint64_t *words = line(filter, hash);
    for (int i = 0; i < 6; i++, bits >>= 9)
        if (!(words[(bits & 511) >> 6] >> (bits & 63) & 1)) return 0;
    return 1;
}

static int is_key_of(int64_t entry, const char *key) {
    sqlite3_bind_int64(find_entry, 1, entry);
    int found = sqlite3_step(find_entry) == SQLITE_ROW && sqlite3_column_bytes(find_entry, 0) == KEY_BYTES
        && memcmp(sqlite3_column_blob(find_entry, 0), key, KEY_BYTES) == 0;
    sqlite3_reset(find_entry);
    return found;
}

// Whether a segment holds a key; equal hashes never straddle parts often enough to matter to a bare loop.
static int segment_holds(int segment, uint64_t hash, const char *key) {
    int low = 0, high = PARTS;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (first_hashes[segment][middle] <= hash) low = middle; else high = middle;
    }
    sqlite3_bind_int64(find_part, 1, (int64_t)segment * PARTS + low + 1);
    check(sqlite3_step(find_part));
    const Found *part = sqlite3_column_blob(find_part, 0);
    low = 0, high = PART;
    while (low < high) {
        int middle = (low + high) / 2;
        if (part[middle].hash < hash) low = middle + 1; else high = middle;
    }
    int64_t entry = low < PART && part[low].hash == hash ? part[low].entry : 0;
    sqlite3_reset(find_part);
    return entry && is_key_of(entry, key);
}

// Whether a key is known; if not, the newest keys hold it from now on.
static int is_known(const char *key, int64_t entry) {
    uint64_t hash = hash_of(key, KEY_BYTES), bits = mix(hash);
    uint32_t slot = (uint32_t)(hash >> 32) & (SLOTS - 1);
    for (; slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        Found *candidate = &newest[slots[slot] - 1];
        if (candidate->hash == hash && is_key_of(candidate->entry, key)) return 1;
    }
    for (int segment = segment_count - 1; segment >= 0; segment--)
        if (may_hold(filters[segment], hash, bits) && segment_holds(segment, hash, key)) return 1;
    newest[newest_count] = (Found){hash, entry};
    slots[slot] = (uint32_t)++newest_count;
    return 0;
}

static int compare(const void *left, const void *right) {
    uint64_t a = ((const Found *)left)->hash, b = ((const Found *)right)->hash;
    return a < b ? -1 : a > b;
}

// Makes a segment of the newest keys, within a transaction of its own.
static void seal(void) {
    qsort(newest, SEGMENT, sizeof *newest, compare);
    filters[segment_count] = calloc(FILTER_LINES, 64);
    first_hashes[segment_count] = calloc(PARTS, sizeof(uint64_t));
    run("BEGIN IMMEDIATE");
    for (int part = 0; part < PARTS; part++) {
        Found *start = newest + part * PART;
        first_hashes[segment_count][part] = start->hash;
        for (int i = 0; i < PART; i++) add_to(filters[segment_count], start[i].hash);
        sqlite3_bind_blob(insert_part, 1, start, PART * sizeof *newest, SQLITE_STATIC);
        step(insert_part);
    }
    run("COMMIT");
    segment_count++;
    newest_count = 0;
    memset(slots, 0, SLOTS * sizeof *slots);
}

// Contacts by number: the number in an email address takes the place of a hash of it.
static int64_t contact(int64_t *known, long number, int64_t now) {
    if (known[number]) return known[number];
    char email[64];
    int bytes = snprintf(email, sizeof email, "shopper%ld@example.com", number);
    sqlite3_bind_text(insert_contact, 1, email, bytes, SQLITE_STATIC);
    sqlite3_bind_int64(insert_contact, 2, now);
    step(insert_contact);
    return known[number] = sqlite3_last_insert_rowid(database);
}

static void prepare_all(void) {
    find_entry = prepare("SELECT key FROM ledger WHERE entry = ?");
    find_part = prepare("SELECT data FROM segment_parts WHERE id = ?");
    insert_part = prepare("INSERT INTO segment_parts (data) VALUES (?)");
    insert_contact = prepare("INSERT INTO contacts (account_id, email, created_at) VALUES (1, ?, ?)");
    insert_event = prepare("INSERT INTO events VALUES (?, 1, ?, ?, NULL, ?, ?)");
    insert_entry = prepare("INSERT INTO ledger VALUES (?, 1, ?, ?, ?, ?)");
}

static void insert(int64_t entry, const char *key, int64_t contact_id, int64_t now, const char *data, int data_bytes) {
    sqlite3_bind_int64(insert_event, 1, entry);
    sqlite3_bind_int64(insert_event, 2, contact_id);
    sqlite3_bind_text(insert_event, 3, event_type, sizeof event_type - 1, SQLITE_STATIC);
    sqlite3_bind_int64(insert_event, 4, now);
    sqlite3_bind_text(insert_event, 5, data, data_bytes, SQLITE_STATIC);
    step(insert_event);
    sqlite3_bind_int64(insert_entry, 1, entry);
    sqlite3_bind_text(insert_entry, 2, key, KEY_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(insert_entry, 3, key, FINGERPRINT_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(insert_entry, 4, entry);
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
    if (events > (long)SEGMENTS * SEGMENT) return 64;
    char *data = make_data(data_bytes);
    newest = calloc(SEGMENT, sizeof *newest);
    slots = calloc(SLOTS, sizeof *slots);
    int64_t *known_contacts = calloc((size_t)contacts, sizeof *known_contacts);

    open_for_writing(arguments[1]);
    run(schema);
    prepare_all();
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");

    start_rates();
    for (long done = 0; done < events;) {
        long before = done / STEP;
        step(begin);
        int64_t now = milliseconds_since_epoch();
        for (int i = 0; i < batch && done < events && newest_count < SEGMENT; i++, done++) {
            char key[KEY_BYTES];
            write_key(key);
            if (is_known(key, done + 1)) continue;
            int64_t contact_id = contact(known_contacts, (long)(random_number() % (uint64_t)contacts), now);
            insert(done + 1, key, contact_id, now, data, data_bytes);
        }
        step(commit);
        if (newest_count == SEGMENT) seal();
        if (done / STEP != before) print_rate(done);
    }
    print_total(events);
    return 0;
}
