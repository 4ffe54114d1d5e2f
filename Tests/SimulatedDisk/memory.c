// Memory that runs out on demand, and random numbers that repeat.
#include "disk.h"

static sqlite3_mem_methods real;

static _Thread_local struct {
    uint64_t allocations;
    _Bool is_armed;
    _Bool is_sticky;
    uint64_t left;
    uint64_t refused;
} memory;

static _Bool is_refused(void) {
    memory.allocations++;
    if (!memory.is_armed) return 0;
    if (memory.left > 0) {
        memory.left--;
        return 0;
    }
    if (memory.refused > 0 && !memory.is_sticky) return 0;
    memory.refused++;
    return 1;
}

static void *allocate(int count) { return is_refused() ? NULL : real.xMalloc(count); }

static void *reallocate(void *bytes, int count) { return is_refused() ? NULL : real.xRealloc(bytes, count); }

/// Must run before anybody uses SQLite, which chooses its allocator once and for all.
__attribute__((constructor)) static void install(void) {
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK) return;
    static sqlite3_mem_methods methods;
    methods = real;
    methods.xMalloc = allocate;
    methods.xRealloc = reallocate;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

uint64_t simulated_memory_allocations(void) { return memory.allocations; }

void simulated_memory_fail(uint64_t after, _Bool is_sticky) {
    memory.left = after;
    memory.refused = 0;
    memory.is_sticky = is_sticky;
    memory.is_armed = 1;
}

uint64_t simulated_memory_mend(void) {
    memory.is_armed = 0;
    return memory.refused;
}

void simulated_random_seed(int seed) {
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, seed, (sqlite3 *)0);
}
