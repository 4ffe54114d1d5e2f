// A disk in memory, as SQLite sees one, that loses power on demand: for the tests of the store's promises.
//
// Each disk is an SQLite VFS of its own, including write-ahead log and shared memory. A file has two images: the
// visible one is what the processes of a running system read, and the durable one is what a power cut leaves. A sync
// carries what was written to a file since its last sync from the visible image into the durable one. The first sync of
// a journal or a log that was opened also syncs the folder, and with it which files exist. Changes that are not synced
// yet are kept as a list, in order. A power cut applies some of them, in sectors of 512 bytes, as its seed determines.
//
// A disk is used by one thread.
#ifndef SIMULATED_DISK_H
#define SIMULATED_DISK_H

#include <stdint.h>

typedef struct simulated_disk simulated_disk;

/// Makes an empty disk and registers it with SQLite as the VFS of this name.
simulated_disk *_Nonnull simulated_disk_create(const char *_Nonnull name);
/// Destroys a disk that no connection uses any more.
void simulated_disk_destroy(simulated_disk *_Nonnull disk);
/// Removes every file, fault and count. No connection may be open.
void simulated_disk_reset(simulated_disk *_Nonnull disk);
/// Puts an empty file on the disk, durably.
void simulated_disk_add_file(simulated_disk *_Nonnull disk, const char *_Nonnull path);

/// The size of a file in bytes; -1 if it does not exist.
int64_t simulated_disk_size(const simulated_disk *_Nonnull disk, const char *_Nonnull path);
/// Flips bits of one byte of a file, as a decaying disk does.
void simulated_disk_flip(simulated_disk *_Nonnull disk, const char *_Nonnull path, int64_t offset, uint8_t bits);
/// Truncates a file.
void simulated_disk_cut(simulated_disk *_Nonnull disk, const char *_Nonnull path, int64_t size);

/// What ends the processes that use a disk.
typedef enum {
    /// The process dies and the system goes on: everything that was written is still visible, synced or not.
    SIMULATED_CRASH_PROCESS_KILL,
    /// The power fails, and nothing that was not synced got to the disk.
    SIMULATED_CRASH_POWER_CUT_DROPPING_ALL,
    /// The power fails, and the disk has only a first part of the changes that were not synced, in their order.
    SIMULATED_CRASH_POWER_CUT_KEEPING_PREFIX,
    /// The power fails, and chance decides for each unsynced sector whether the disk has it, lacks it, or has it
    /// garbled.
    SIMULATED_CRASH_POWER_CUT_AT_RANDOM,
} simulated_crash;

/// Makes `to` what `from` would be after a crash at this point; `from` is not changed. No connection may be open on
/// `to`.
void simulated_disk_copy_after(
    const simulated_disk *_Nonnull from, simulated_disk *_Nonnull to, simulated_crash crash, uint64_t seed);

/// How many changes were made to a disk: a file created, a write, a truncation, a sync or a deletion.
uint64_t simulated_disk_changes(const simulated_disk *_Nonnull disk);
/// Makes the disk call a function before each change.
void simulated_disk_before_changes(
    simulated_disk *_Nonnull disk, void (*_Nullable function)(void *_Nullable context), void *_Nullable context);

/// The kinds of fault.
typedef enum {
    /// Any call fails: reading, writing, syncing, locking, mapping.
    SIMULATED_FAULT_ERROR,
    /// There is no room for a write.
    SIMULATED_FAULT_FULL,
    /// Half of a write is done, and then there is no room.
    SIMULATED_FAULT_SHORT_WRITE,
    /// A sync fails and, as on Linux, the system forgets that the file had something to sync: a later sync succeeds
    /// without it.
    SIMULATED_FAULT_FAILING_SYNC,
    /// A sync fails in the same way, and the system reports that there was no room.
    SIMULATED_FAULT_SYNC_WITHOUT_ROOM,
    /// A sync reports success but did nothing.
    SIMULATED_FAULT_LYING_SYNC,
} simulated_fault;

/// How many calls that a fault of this kind could have hit were made since the disk was created or reset.
uint64_t simulated_disk_calls(const simulated_disk *_Nonnull disk, simulated_fault fault);
/// Makes one of these calls fail, by its number from 0, and every later one as well if `is_sticky`.
void simulated_disk_fail(
    simulated_disk *_Nonnull disk, simulated_fault fault, uint64_t at_call, _Bool is_sticky);
/// Ends all faults.
void simulated_disk_mend(simulated_disk *_Nonnull disk);
/// How many times a fault occurred since the last `simulated_disk_fail`.
uint64_t simulated_disk_faults(const simulated_disk *_Nonnull disk);

/// Whether a write that a power cut interrupts leaves the bytes beside it unchanged. Most disks do, and SQLite relies
/// on it; if they do not, it writes whole sectors. A new disk does.
void simulated_disk_set_powersafe_overwrite(simulated_disk *_Nonnull disk, _Bool is_powersafe);

/// How many times this thread requested memory on behalf of SQLite.
uint64_t simulated_memory_allocations(void);
/// Refuses one of this thread's memory requests after `after` were granted, and the later ones if `is_sticky`.
void simulated_memory_fail(uint64_t after, _Bool is_sticky);
/// Stops refusing memory requests.
///
/// Returns how many requests were refused.
uint64_t simulated_memory_mend(void);

/// Makes SQLite's random numbers repeat, so that a seed repeats every byte of a run.
void simulated_random_seed(int seed);

#endif
