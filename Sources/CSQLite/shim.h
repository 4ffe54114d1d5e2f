// Swift imports neither C macros that compute (SQLITE_IOERR_READ is SQLITE_IOERR | 1<<8, SQLITE_TRANSIENT is
// a cast) nor variadic functions (sqlite3_db_config). This header gives each one that is needed a plain name.
#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H

#include <sqlite3.h>

// Extended result codes (https://www.sqlite.org/rescode.html#extrc).
static const int csqlite_ioerr_nomem = SQLITE_IOERR_NOMEM;
static const int csqlite_ioerr_short_read = SQLITE_IOERR_SHORT_READ;
static const int csqlite_ioerr_shmsize = SQLITE_IOERR_SHMSIZE;
static const int csqlite_ioerr_fsync = SQLITE_IOERR_FSYNC;
static const int csqlite_ioerr_dir_fsync = SQLITE_IOERR_DIR_FSYNC;
static const int csqlite_ioerr_corruptfs = SQLITE_IOERR_CORRUPTFS;

/// Keeps a closing connection from checkpointing: only the store's writer may do that.
static inline int csqlite_disable_checkpoint_on_close(sqlite3 *connection) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// Refuses SQL that could damage the file on purpose (writable_schema and the like).
static inline int csqlite_enable_defensive_mode(sqlite3 *connection) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

/// Makes a double-quoted name that names nothing an error, not a string.
static inline int csqlite_disable_double_quoted_strings(sqlite3 *connection) {
    int first = sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
    int second = sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
    return first != SQLITE_OK ? first : second;
}

/// Binds bytes that SQLite copies before this returns.
static inline int csqlite_bind_blob_copied(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/// Binds UTF-8 text by its length, so that a NUL in it is kept; SQLite copies it before this returns.
static inline int csqlite_bind_text_copied(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// Binds bytes that the caller keeps alive and unchanged until the statement is reset.
static inline int csqlite_bind_blob_borrowed(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_STATIC);
}

/// Binds UTF-8 text that the caller keeps alive and unchanged until the statement is reset.
static inline int csqlite_bind_text_borrowed(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes, count, SQLITE_STATIC, SQLITE_UTF8);
}

#endif
