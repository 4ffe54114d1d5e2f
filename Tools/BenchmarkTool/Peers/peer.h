// What the bare C programs share: a clock, random numbers, keys, and opening a database.
//
// They do the same transaction as the store and nothing beside it: no recovery, no threads, no checks. What they print is
// for a program to read: a name and its numbers on a line, separated by spaces.
#ifndef PEER_H
#define PEER_H

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEY_BYTES 36
#define FINGERPRINT_BYTES 10
#define STEP 1000000L

static const char event_type[] = "purchase_completed";
static sqlite3 *database;

static inline double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static inline int64_t milliseconds_since_epoch(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Ends the program unless a call of SQLite went well.
static inline void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    fprintf(stderr, "SQLite: %s\n", database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
    exit(1);
}

static inline void run(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL)); }

static inline sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

// Runs a statement that gives no rows.
static inline void step(sqlite3_stmt *statement) {
    check(sqlite3_step(statement));
    sqlite3_reset(statement);
}

// Opens a database for writing, durable by every commit. The cache holds 256 MiB, and the log is written back every
// 64 MiB: larger than either helped nothing.
static inline void open_for_writing(const char *path) {
    check(sqlite3_open_v2(
        path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    run("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 16000");
}

// xorshift64: random enough for keys, and far quicker than what is measured.
static inline uint64_t random_number(void) {
    static uint64_t state = 88172645463325252ULL;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

// Writes a key in the form of a UUID; it is not terminated.
static inline void write_key(char *key) {
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = random_number();
    for (int place = 0, digit = 0; place < KEY_BYTES; place++) {
        if (place == 8 || place == 13 || place == 18 || place == 23) {
            key[place] = '-';
            continue;
        }
        if (digit++ == 16) bits = random_number();
        key[place] = digits[bits & 15];
        bits >>= 4;
    }
}

// Makes event data of a size.
static inline char *make_data(int bytes) {
    static const char text[] = "{\"order_id\": \"ORD-12345\", \"total\": 99.99, \"currency\": \"USD\", \"note\": \"thanks\"}";
    char *data = malloc((size_t)bytes + 1);
    for (int place = 0; place < bytes; place++) data[place] = text[place % (int)(sizeof text - 1)];
    return data;
}

// Prints the rate of every million, and at the end that of the whole.
static double first_moment, last_moment;

static inline void start_rates(void) { first_moment = last_moment = seconds_now(); }

static inline void print_rate(long events) {
    double moment = seconds_now();
    printf("rate %ld %.0f\n", events / STEP, STEP / (moment - last_moment));
    fflush(stdout);
    last_moment = moment;
}

static inline void print_total(long events) {
    printf("total %.0f\n", (double)events / (seconds_now() - first_moment));
}

#endif
