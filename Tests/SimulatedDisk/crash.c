// What a crash leaves of a disk.
#include "disk.h"

#include <stdlib.h>
#include <string.h>

/// What happens to a change that was not synced.
typedef enum { KEPT, DROPPED, GARBLED } fate;

/// How a power cut treats what was not synced: of every 16 sectors, how many are kept and how many garbled.
typedef struct {
    uint64_t seed;
    unsigned kept;
    unsigned garbled;
} odds;

static odds odds_of(uint64_t seed) {
    static const unsigned kept[] = {2, 8, 14};
    static const unsigned garbled[] = {0, 1, 2, 2};
    uint64_t number = mixed(seed, 0x0DD5);
    return (odds){seed, kept[number % 3], garbled[(number >> 8) % 4]};
}

static fate fate_of(const odds *odds, uint64_t index, uint64_t sector) {
    unsigned number = (unsigned)(mixed(mixed(odds->seed, index), sector) >> 60);
    if (number < odds->kept) return KEPT;
    return number < odds->kept + odds->garbled ? GARBLED : DROPPED;
}

static void garble(image *image, int64_t start, int64_t end, uint64_t seed) {
    if (end > image->size) image_resize(image, end);
    for (int64_t at = start; at < end; at++) image->bytes[at] = (unsigned char)mixed(seed, (uint64_t)at);
}

/// Applies the sectors of one write that got to the disk.
static void apply_at_random(image *image, const change *change, uint64_t index, const odds *odds, _Bool is_powersafe) {
    int64_t end = change->offset + change->count;
    for (int64_t start = change->offset; start < end;) {
        int64_t sector = start / SECTOR_BYTES;
        int64_t sector_end = (sector + 1) * SECTOR_BYTES;
        int64_t piece_end = sector_end < end ? sector_end : end;
        switch (fate_of(odds, index, (uint64_t)sector)) {
        case KEPT:
            image_write(image, start, change->bytes + (start - change->offset), piece_end - start);
            break;
        case GARBLED:
            if (is_powersafe) {
                garble(image, start, piece_end, odds->seed);
            } else {
                garble(image, sector * SECTOR_BYTES, sector_end, odds->seed);
            }
            break;
        case DROPPED:
            break;
        }
        start = piece_end;
    }
    // The length is the file system's, which may record it without the bytes.
    if (image->size < end && mixed(odds->seed, ~index) % 4 == 0) image_resize(image, end);
}

static void apply(image *image, const change *change) {
    if (change->bytes) {
        image_write(image, change->offset, change->bytes, change->count);
    } else {
        image_resize(image, change->offset);
    }
}

/// The copy of a file on the other disk, found by its position among the files.
static file *counterpart(const simulated_disk *from, const file *original, const simulated_disk *to) {
    file *copy = to->files;
    for (const file *file = from->files; file != original; file = file->next) copy = copy->next;
    return copy;
}

static void copy_files(const simulated_disk *from, simulated_disk *to) {
    for (const file *file = from->files; file; file = file->next) {
        struct file *copy = disk_add(to, file->path);
        copy->is_visible = file->is_visible;
        copy->is_name_durable = file->is_name_durable;
        image_copy(&copy->durable, &file->durable);
    }
}

static void copy_with_cache(const simulated_disk *from, simulated_disk *to) {
    for (const file *file = from->files; file; file = file->next) {
        image_copy(&counterpart(from, file, to)->visible, &file->visible);
    }
    for (size_t index = 0; index < from->pending_count; index++) {
        const change *change = &from->pending[index];
        struct file *copy = counterpart(from, change->file, to);
        disk_note(to, copy, change->offset, change->bytes, change->count);
        to->pending[index].is_lost = change->is_lost;
    }
}

/// Whether a file exists after a power cut, depending on whether its creation or deletion got to the disk.
static _Bool is_left(const file *file, simulated_crash crash, const odds *odds, uint64_t number) {
    if (file->is_visible == file->is_name_durable) return file->is_visible;
    if (crash == SIMULATED_CRASH_POWER_CUT_DROPPING_ALL) return file->is_name_durable;
    return mixed(odds->seed, 0xF11E + number) % 2 == 0;
}

void simulated_disk_copy_after(
    const simulated_disk *from, simulated_disk *to, simulated_crash crash, uint64_t seed
) {
    simulated_disk_reset(to);
    to->is_powersafe = from->is_powersafe;
    copy_files(from, to);
    if (crash == SIMULATED_CRASH_PROCESS_KILL) {
        copy_with_cache(from, to);
        return;
    }
    odds odds = odds_of(seed);
    size_t prefix = (size_t)(mixed(seed, 0x9EF1) % (from->pending_count + 1));
    for (size_t index = 0; index < from->pending_count; index++) {
        const change *change = &from->pending[index];
        // The system does not write again what a failed sync covered.
        if (change->is_lost) continue;
        image *image = &counterpart(from, change->file, to)->durable;
        if (crash == SIMULATED_CRASH_POWER_CUT_KEEPING_PREFIX && index < prefix) apply(image, change);
        if (crash != SIMULATED_CRASH_POWER_CUT_AT_RANDOM) continue;
        if (change->bytes) {
            apply_at_random(image, change, index, &odds, from->is_powersafe);
        } else if (fate_of(&odds, index, 0) == KEPT) {
            apply(image, change);
        }
    }
    uint64_t number = 0;
    for (file *file = to->files; file; file = file->next) {
        file->is_visible = !file->is_temporary && is_left(file, crash, &odds, number++);
        file->is_name_durable = file->is_visible;
        image_copy(&file->visible, &file->durable);
    }
}
