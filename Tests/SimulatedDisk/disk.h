// What the parts of the simulated disk share.
#ifndef DISK_H
#define DISK_H

#include "include/simulated_disk.h"

#include <sqlite3.h>
#include <stddef.h>

enum { SECTOR_BYTES = 512, SHARED_REGIONS = 64, FAULT_KINDS = SIMULATED_FAULT_LYING_SYNC + 1 };

/// A growing array of bytes.
typedef struct {
    unsigned char *bytes;
    int64_t size;
    int64_t capacity;
} image;

void image_reserve(image *image, int64_t capacity);
void image_resize(image *image, int64_t size);
void image_write(image *image, int64_t offset, const void *bytes, int64_t count);
void image_copy(image *to, const image *from);
void image_free(image *image);

struct handle;

/// A file. A deleted one stays until the disk is reset, because a power cut may bring it back.
typedef struct file {
    struct file *next;
    char *path;
    image visible;
    image durable;
    /// Whether it has its name, as processes see it and as the folder on the disk records it.
    _Bool is_visible;
    _Bool is_name_durable;
    /// A file without a name, gone when it is closed; power cuts do not affect it.
    _Bool is_temporary;
    /// The handles that are open.
    struct handle *handles;
    /// The shared memory of the write-ahead log, and its locks: how many handles share each, and which holds it alone.
    void *regions[SHARED_REGIONS];
    int shared_locks[SQLITE_SHM_NLOCK];
    struct handle *exclusive_locks[SQLITE_SHM_NLOCK];
} file;

/// A write or a truncation that was not synced.
typedef struct {
    file *file;
    /// The bytes; none for a truncation.
    unsigned char *bytes;
    int64_t offset;
    int64_t count;
    /// A failed sync covered it: no later sync makes it durable.
    _Bool is_lost;
} change;

struct simulated_disk {
    sqlite3_vfs vfs;
    file *files;
    change *pending;
    size_t pending_count;
    size_t pending_capacity;
    _Bool is_powersafe;

    uint64_t changes;
    void (*before_change)(void *);
    void *context;

    uint64_t calls[FAULT_KINDS];
    _Bool is_armed;
    _Bool is_sticky;
    simulated_fault fault;
    uint64_t at_call;
    uint64_t faults;
    /// The system's error number for the last call that failed.
    int error_number;
};

file *disk_find(const simulated_disk *disk, const char *path);
file *disk_add(simulated_disk *disk, const char *path);
void disk_note(simulated_disk *disk, file *file, int64_t offset, const void *bytes, int64_t count);
void disk_sync(simulated_disk *disk, file *file);
void disk_sync_folder(simulated_disk *disk);
void disk_lose(simulated_disk *disk, file *file);
/// Counts a change, before it is made.
void disk_will_change(simulated_disk *disk);
/// Counts a call that a fault of this kind could hit, and returns whether it does.
_Bool disk_fails(simulated_disk *disk, simulated_fault fault);

/// The VFS's own functions.
extern const sqlite3_vfs simulated_vfs;

/// A number derived from a seed and a value.
uint64_t mixed(uint64_t seed, uint64_t value);

#endif
