// The disk: its files, their unsynced changes, and its faults.
#include "disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void image_reserve(image *image, int64_t capacity) {
    if (capacity <= image->capacity) return;
    int64_t larger = image->capacity < 4096 ? 4096 : image->capacity;
    while (larger < capacity) larger *= 2;
    unsigned char *bytes = realloc(image->bytes, (size_t)larger);
    if (!bytes) abort();
    image->bytes = bytes;
    image->capacity = larger;
}

void image_resize(image *image, int64_t size) {
    image_reserve(image, size);
    if (size > image->size) memset(image->bytes + image->size, 0, (size_t)(size - image->size));
    image->size = size;
}

void image_write(image *image, int64_t offset, const void *bytes, int64_t count) {
    if (offset + count > image->size) image_resize(image, offset + count);
    memcpy(image->bytes + offset, bytes, (size_t)count);
}

void image_copy(image *to, const image *from) {
    image_reserve(to, from->size);
    if (from->size > 0) memcpy(to->bytes, from->bytes, (size_t)from->size);
    to->size = from->size;
}

void image_free(image *image) {
    free(image->bytes);
    memset(image, 0, sizeof *image);
}

uint64_t mixed(uint64_t seed, uint64_t value) {
    uint64_t result = seed + (value + 1) * 0x9E3779B97F4A7C15u;
    result = (result ^ (result >> 30)) * 0xBF58476D1CE4E5B9u;
    result = (result ^ (result >> 27)) * 0x94D049BB133111EBu;
    return result ^ (result >> 31);
}

// The life of a disk

simulated_disk *simulated_disk_create(const char *name) {
    simulated_disk *disk = calloc(1, sizeof *disk);
    if (!disk) abort();
    disk->vfs = simulated_vfs;
    disk->vfs.zName = strdup(name);
    disk->vfs.pAppData = disk;
    disk->is_powersafe = 1;
    if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK) abort();
    return disk;
}

static void free_file(file *file) {
    if (file->handles) abort();
    for (int region = 0; region < SHARED_REGIONS; region++) free(file->regions[region]);
    image_free(&file->visible);
    image_free(&file->durable);
    free(file->path);
    free(file);
}

void simulated_disk_reset(simulated_disk *disk) {
    while (disk->files) {
        file *next = disk->files->next;
        free_file(disk->files);
        disk->files = next;
    }
    for (size_t index = 0; index < disk->pending_count; index++) free(disk->pending[index].bytes);
    disk->pending_count = 0;
    disk->changes = 0;
    disk->before_change = NULL;
    disk->is_powersafe = 1;
    memset(disk->calls, 0, sizeof disk->calls);
    simulated_disk_mend(disk);
}

void simulated_disk_destroy(simulated_disk *disk) {
    simulated_disk_reset(disk);
    sqlite3_vfs_unregister(&disk->vfs);
    free((void *)disk->vfs.zName);
    free(disk->pending);
    free(disk);
}

void simulated_disk_set_powersafe_overwrite(simulated_disk *disk, _Bool is_powersafe) {
    disk->is_powersafe = is_powersafe;
}

// Files

file *disk_find(const simulated_disk *disk, const char *path) {
    for (file *file = disk->files; file; file = file->next) {
        if (file->is_visible && file->path && strcmp(file->path, path) == 0) return file;
    }
    return NULL;
}

file *disk_add(simulated_disk *disk, const char *path) {
    file *new = calloc(1, sizeof *new);
    if (!new) abort();
    new->path = path ? strdup(path) : NULL;
    new->is_visible = 1;
    new->is_temporary = path == NULL;
    // At the end, so that files keep their numbers.
    file **end = &disk->files;
    while (*end) end = &(*end)->next;
    *end = new;
    return new;
}

void simulated_disk_add_file(simulated_disk *disk, const char *path) {
    disk_add(disk, path)->is_name_durable = 1;
}

int64_t simulated_disk_size(const simulated_disk *disk, const char *path) {
    file *file = disk_find(disk, path);
    return file ? file->visible.size : -1;
}

void simulated_disk_flip(simulated_disk *disk, const char *path, int64_t offset, uint8_t bits) {
    file *file = disk_find(disk, path);
    if (file && offset < file->visible.size) file->visible.bytes[offset] ^= bits;
    if (file && offset < file->durable.size) file->durable.bytes[offset] ^= bits;
}

void simulated_disk_cut(simulated_disk *disk, const char *path, int64_t size) {
    file *file = disk_find(disk, path);
    if (file && size < file->visible.size) image_resize(&file->visible, size);
    if (file && size < file->durable.size) image_resize(&file->durable, size);
}

// What is not synced

void disk_note(simulated_disk *disk, file *file, int64_t offset, const void *bytes, int64_t count) {
    if (disk->pending_count == disk->pending_capacity) {
        disk->pending_capacity = disk->pending_capacity ? 2 * disk->pending_capacity : 64;
        disk->pending = realloc(disk->pending, disk->pending_capacity * sizeof *disk->pending);
        if (!disk->pending) abort();
    }
    change *new = &disk->pending[disk->pending_count++];
    memset(new, 0, sizeof *new);
    new->file = file;
    new->offset = offset;
    new->count = count;
    if (bytes) {
        new->bytes = malloc((size_t)count);
        if (!new->bytes) abort();
        memcpy(new->bytes, bytes, (size_t)count);
    }
}

void disk_sync(simulated_disk *disk, file *file) {
    size_t kept = 0;
    for (size_t index = 0; index < disk->pending_count; index++) {
        change *change = &disk->pending[index];
        if (change->file != file || change->is_lost) {
            disk->pending[kept++] = *change;
            continue;
        }
        if (change->bytes) {
            image_write(&file->durable, change->offset, change->bytes, change->count);
        } else {
            image_resize(&file->durable, change->offset);
        }
        free(change->bytes);
    }
    disk->pending_count = kept;
}

void disk_sync_folder(simulated_disk *disk) {
    for (file *file = disk->files; file; file = file->next) {
        file->is_name_durable = file->is_visible && !file->is_temporary;
    }
}

void disk_lose(simulated_disk *disk, file *file) {
    for (size_t index = 0; index < disk->pending_count; index++) {
        if (disk->pending[index].file == file) disk->pending[index].is_lost = 1;
    }
}

// Counting

uint64_t simulated_disk_changes(const simulated_disk *disk) { return disk->changes; }

void simulated_disk_before_changes(simulated_disk *disk, void (*function)(void *), void *context) {
    disk->before_change = function;
    disk->context = context;
}

void disk_will_change(simulated_disk *disk) {
    if (disk->before_change) disk->before_change(disk->context);
    disk->changes++;
}

uint64_t simulated_disk_calls(const simulated_disk *disk, simulated_fault fault) { return disk->calls[fault]; }

void simulated_disk_fail(simulated_disk *disk, simulated_fault fault, uint64_t at_call, _Bool is_sticky) {
    disk->is_armed = 1;
    disk->is_sticky = is_sticky;
    disk->fault = fault;
    disk->at_call = at_call;
    disk->faults = 0;
}

void simulated_disk_mend(simulated_disk *disk) { disk->is_armed = 0; }

uint64_t simulated_disk_faults(const simulated_disk *disk) { return disk->faults; }

_Bool disk_fails(simulated_disk *disk, simulated_fault fault) {
    uint64_t call = disk->calls[fault]++;
    if (!disk->is_armed || disk->fault != fault) return 0;
    if (call != disk->at_call && !(disk->is_sticky && call > disk->at_call)) return 0;
    disk->faults++;
    disk->error_number = fault == SIMULATED_FAULT_ERROR || fault == SIMULATED_FAULT_FAILING_SYNC ? EIO : ENOSPC;
    return 1;
}
