// A bare sqlite3_step loop over the store's own events, in their order, reading every stored column.
//
//     scan FILE
//
// The columns are asked of the schema, so that it reads whatever a store holds; computed ones are left out.
#include "peer.h"

#define COLUMNS 64

// The statement that reads all stored columns of `events`.
static sqlite3_stmt *prepare_scan(void) {
    char sql[4096] = "SELECT ";
    sqlite3_stmt *columns = prepare("SELECT name FROM pragma_table_xinfo('events') WHERE hidden = 0 ORDER BY cid");
    int found = 0;
    while (sqlite3_step(columns) == SQLITE_ROW && found < COLUMNS) {
        if (found++) strcat(sql, ", ");
        strncat(sql, (const char *)sqlite3_column_text(columns, 0), 60);
    }
    sqlite3_finalize(columns);
    if (!found) {
        fprintf(stderr, "there is no table of events\n");
        exit(1);
    }
    strcat(sql, " FROM events ORDER BY rowid");
    return prepare(sql);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: %s FILE\n", arguments[0]);
        return 64;
    }
    check(sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    run("PRAGMA query_only = TRUE; PRAGMA cache_size = -65536");
    sqlite3_stmt *scan = prepare_scan();
    int columns = sqlite3_column_count(scan);
    long rows = 0;
    uint64_t sum = 0;
    double start = seconds_now();
    int code;
    while ((code = sqlite3_step(scan)) == SQLITE_ROW) {
        rows++;
        for (int column = 0; column < columns; column++) {
            if (sqlite3_column_type(scan, column) == SQLITE_INTEGER) {
                sum += (uint64_t)sqlite3_column_int64(scan, column);
            } else {
                // The bytes are touched at both ends, so that pages that a long value spills over to are read as well.
                const unsigned char *bytes = sqlite3_column_blob(scan, column);
                int size = sqlite3_column_bytes(scan, column);
                if (size > 0) sum += (uint64_t)bytes[0] + bytes[size - 1];
            }
        }
    }
    check(code);
    double seconds = seconds_now() - start;
    printf("rows %ld\ntotal %.0f\nsum %llu\n", rows, (double)rows / seconds, (unsigned long long)sum);
    sqlite3_close(database);
    return 0;
}
