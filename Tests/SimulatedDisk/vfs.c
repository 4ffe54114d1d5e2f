// The disk as SQLite calls it (https://www.sqlite.org/vfs.html).
#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A file that a connection has open.
typedef struct handle {
    sqlite3_file base;
    simulated_disk *disk;
    file *file;
    struct handle *next;
    int lock;
    unsigned shared_locks;
    /// Whether its next sync also syncs the folder, as SQLite's own VFS does for the first sync of a journal or a log.
    _Bool syncs_folder;
} handle;

static handle *handle_of(sqlite3_file *file) { return (handle *)file; }

/// Whether a call fails because of a fault that can hit any call.
static _Bool has_error(handle *handle) {
    return !handle->file->is_temporary && disk_fails(handle->disk, SIMULATED_FAULT_ERROR);
}

// Bytes

static int read_bytes(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    handle *handle = handle_of(base);
    if (has_error(handle)) return SQLITE_IOERR_READ;
    const image *image = &handle->file->visible;
    if (offset + count <= image->size) {
        memcpy(bytes, image->bytes + offset, (size_t)count);
        return SQLITE_OK;
    }
    memset(bytes, 0, (size_t)count);
    if (offset < image->size) memcpy(bytes, image->bytes + offset, (size_t)(image->size - offset));
    return SQLITE_IOERR_SHORT_READ;
}

static void write_visibly(handle *handle, sqlite3_int64 offset, const void *bytes, int count) {
    image_write(&handle->file->visible, offset, bytes, count);
    if (!handle->file->is_temporary) disk_note(handle->disk, handle->file, offset, bytes, count);
}

static int write_bytes(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    handle *handle = handle_of(base);
    if (!handle->file->is_temporary) {
        disk_will_change(handle->disk);
        if (has_error(handle)) return SQLITE_IOERR_WRITE;
        if (disk_fails(handle->disk, SIMULATED_FAULT_FULL)) return SQLITE_FULL;
        if (disk_fails(handle->disk, SIMULATED_FAULT_SHORT_WRITE)) {
            write_visibly(handle, offset, bytes, count / 2);
            return SQLITE_FULL;
        }
    }
    write_visibly(handle, offset, bytes, count);
    return SQLITE_OK;
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size) {
    handle *handle = handle_of(base);
    if (!handle->file->is_temporary) {
        disk_will_change(handle->disk);
        if (has_error(handle)) return SQLITE_IOERR_TRUNCATE;
        disk_note(handle->disk, handle->file, size, NULL, 0);
    }
    image_resize(&handle->file->visible, size);
    return SQLITE_OK;
}

static int sync_file(sqlite3_file *base, int flags) {
    (void)flags;
    handle *handle = handle_of(base);
    if (handle->file->is_temporary) return SQLITE_OK;
    disk_will_change(handle->disk);
    _Bool is_failing = has_error(handle);
    is_failing |= disk_fails(handle->disk, SIMULATED_FAULT_FAILING_SYNC);
    is_failing |= disk_fails(handle->disk, SIMULATED_FAULT_SYNC_WITHOUT_ROOM);
    if (is_failing) {
        disk_lose(handle->disk, handle->file);
        return SQLITE_IOERR_FSYNC;
    }
    if (disk_fails(handle->disk, SIMULATED_FAULT_LYING_SYNC)) return SQLITE_OK;
    disk_sync(handle->disk, handle->file);
    if (handle->syncs_folder) disk_sync_folder(handle->disk);
    handle->syncs_folder = 0;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    if (has_error(handle_of(base))) return SQLITE_IOERR_FSTAT;
    *size = handle_of(base)->file->visible.size;
    return SQLITE_OK;
}

// Locks

static int lock_file(sqlite3_file *base, int level) {
    handle *handle = handle_of(base);
    if (has_error(handle)) return SQLITE_IOERR_LOCK;
    if (handle->lock >= level) return SQLITE_OK;
    for (struct handle *other = handle->file->handles; other; other = other->next) {
        if (other == handle) continue;
        if (level == SQLITE_LOCK_SHARED && other->lock >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
        if (level >= SQLITE_LOCK_RESERVED && other->lock >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
        if (level == SQLITE_LOCK_EXCLUSIVE && other->lock >= SQLITE_LOCK_SHARED) {
            handle->lock = SQLITE_LOCK_PENDING;
            return SQLITE_BUSY;
        }
    }
    handle->lock = level;
    return SQLITE_OK;
}

static int unlock_file(sqlite3_file *base, int level) {
    if (handle_of(base)->lock > level) handle_of(base)->lock = level;
    return SQLITE_OK;
}

static int check_reserved_lock(sqlite3_file *base, int *is_reserved) {
    *is_reserved = 0;
    for (handle *other = handle_of(base)->file->handles; other; other = other->next) {
        if (other->lock >= SQLITE_LOCK_RESERVED) *is_reserved = 1;
    }
    return SQLITE_OK;
}

static int control(sqlite3_file *base, int operation, void *argument) {
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base) {
    (void)base;
    return SECTOR_BYTES;
}

static int characteristics(sqlite3_file *base) {
    return handle_of(base)->disk->is_powersafe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

// The shared memory of the write-ahead log

static int map_shared(sqlite3_file *base, int region, int bytes, int extends, void volatile **address) {
    handle *handle = handle_of(base);
    *address = NULL;
    if (has_error(handle)) return SQLITE_IOERR_SHMMAP;
    if (region >= SHARED_REGIONS) return SQLITE_FULL;
    if (!handle->file->regions[region] && extends) {
        // The error that SQLite gives for a real file that cannot grow.
        if (disk_fails(handle->disk, SIMULATED_FAULT_FULL)) return SQLITE_IOERR_SHMSIZE;
        handle->file->regions[region] = calloc(1, (size_t)bytes);
    }
    *address = handle->file->regions[region];
    return SQLITE_OK;
}

static int lock_shared(sqlite3_file *base, int first, int count, int flags) {
    handle *handle = handle_of(base);
    file *file = handle->file;
    unsigned mask = (1u << (first + count)) - (1u << first);
    if (flags & SQLITE_SHM_UNLOCK) {
        for (int lock = first; lock < first + count; lock++) {
            if (file->exclusive_locks[lock] == handle) file->exclusive_locks[lock] = NULL;
            if (handle->shared_locks & (1u << lock)) file->shared_locks[lock]--;
        }
        handle->shared_locks &= ~mask;
        return SQLITE_OK;
    }
    if (has_error(handle)) return SQLITE_IOERR_SHMLOCK;
    for (int lock = first; lock < first + count; lock++) {
        _Bool is_mine = (handle->shared_locks & (1u << lock)) != 0;
        if (file->exclusive_locks[lock] && file->exclusive_locks[lock] != handle) return SQLITE_BUSY;
        if ((flags & SQLITE_SHM_EXCLUSIVE) && file->shared_locks[lock] > (is_mine ? 1 : 0)) return SQLITE_BUSY;
    }
    for (int lock = first; lock < first + count; lock++) {
        if (flags & SQLITE_SHM_EXCLUSIVE) {
            file->exclusive_locks[lock] = handle;
        } else if (!(handle->shared_locks & (1u << lock))) {
            handle->shared_locks |= 1u << lock;
            file->shared_locks[lock]++;
        }
    }
    return SQLITE_OK;
}

static void shared_barrier(sqlite3_file *base) { (void)base; }

static int unmap_shared(sqlite3_file *base, int deletes) {
    (void)deletes;
    return lock_shared(base, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK);
}

static int close_file(sqlite3_file *base) {
    handle *handle = handle_of(base);
    file *file = handle->file;
    unmap_shared(base, 0);
    struct handle **link = &file->handles;
    while (*link != handle) link = &(*link)->next;
    *link = handle->next;
    // The last handle to close clears the shared memory, as the last process to leave does.
    for (int region = 0; !file->handles && region < SHARED_REGIONS; region++) {
        free(file->regions[region]);
        file->regions[region] = NULL;
    }
    if (file->is_temporary && !file->handles) file->is_visible = 0;
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    2, close_file, read_bytes, write_bytes, truncate_file, sync_file, file_size, lock_file, unlock_file,
    check_reserved_lock, control, sector_size, characteristics, map_shared, lock_shared, shared_barrier,
    unmap_shared, NULL, NULL,
};

// Names

static simulated_disk *disk_of(sqlite3_vfs *vfs) { return vfs->pAppData; }

static int open_file(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags, int *flags_out) {
    simulated_disk *disk = disk_of(vfs);
    handle *handle = handle_of(base);
    memset(handle, 0, sizeof *handle);
    file *file = path ? disk_find(disk, path) : NULL;
    if (path && disk_fails(disk, SIMULATED_FAULT_ERROR)) return SQLITE_CANTOPEN;
    if (!file) {
        if (path && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
        if (path) disk_will_change(disk);
        file = disk_add(disk, path);
    }
    handle->base.pMethods = &methods;
    handle->disk = disk;
    handle->file = file;
    handle->syncs_folder = (flags & SQLITE_OPEN_CREATE) && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL));
    handle->next = file->handles;
    file->handles = handle;
    if (flags_out) *flags_out = flags;
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int syncs_folder) {
    simulated_disk *disk = disk_of(vfs);
    file *file = disk_find(disk, path);
    if (!file) return SQLITE_IOERR_DELETE_NOENT;
    disk_will_change(disk);
    if (disk_fails(disk, SIMULATED_FAULT_ERROR)) return SQLITE_IOERR_DELETE;
    file->is_visible = 0;
    if (syncs_folder) disk_sync_folder(disk);
    return SQLITE_OK;
}

static int can_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    if (disk_fails(disk_of(vfs), SIMULATED_FAULT_ERROR)) return SQLITE_IOERR_ACCESS;
    file *file = disk_find(disk_of(vfs), path);
    // As in SQLite's own VFS, an empty file does not exist for this question.
    *result = file != NULL && (flags != SQLITE_ACCESS_EXISTS || file->visible.size > 0);
    return SQLITE_OK;
}

static int full_path(sqlite3_vfs *vfs, const char *path, int count, char *result) {
    (void)vfs;
    snprintf(result, (size_t)count, "%s", path);
    return SQLITE_OK;
}

// Everything else is the system's.

static int randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    (void)vfs;
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    return system->xRandomness(system, count, bytes);
}

static int sleep_microseconds(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    // No other thread runs, so waiting changes nothing.
    return microseconds;
}

static int current_time(sqlite3_vfs *vfs, double *days) {
    (void)vfs;
    // The same in every run.
    *days = 2461000.5;
    return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int count, char *words) {
    (void)count, (void)words;
    return disk_of(vfs)->error_number;
}

const sqlite3_vfs simulated_vfs = {
    1, sizeof(handle), 512, NULL, NULL, NULL, open_file, delete_file, can_access, full_path,
    NULL, NULL, NULL, NULL, randomness, sleep_microseconds, current_time, last_error, NULL,
    NULL, NULL, NULL,
};
