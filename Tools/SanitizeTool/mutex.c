// Tells ThreadSanitizer of Swift's Mutex on Linux, as a library that is loaded before all others.
//
// The short way of taking a mutex is compiled into the program, so ThreadSanitizer sees it. The long way, for a mutex that
// another thread holds, is in libswiftSynchronization.so, which is not instrumented: what was written under the mutex would
// look as if nothing had kept it from being read. These functions stand before those of the library, and add what is missing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// In the runtime of ThreadSanitizer; nothing where the program is not instrumented.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

#define SWIFT_METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

typedef SWIFT_METHOD void (*lock_slow)(uint32_t, SELF);
typedef SWIFT_METHOD _Bool (*try_lock_slow)(SELF);
typedef SWIFT_METHOD void (*unlock_slow)(SELF);

// The function of the library that has this name.
static void *next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) abort();
    return function;
}

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT_METHOD void lock_slowly(uint32_t state, SELF) __asm__(LOCK_SLOW);
SWIFT_METHOD void lock_slowly(uint32_t state, SELF) {
    ((lock_slow)next(LOCK_SLOW))(state, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT_METHOD _Bool try_lock_slowly(SELF) __asm__(TRY_LOCK_SLOW);
SWIFT_METHOD _Bool try_lock_slowly(SELF) {
    _Bool is_locked = ((try_lock_slow)next(TRY_LOCK_SLOW))(self);
    if (is_locked && __tsan_acquire) __tsan_acquire(self);
    return is_locked;
}

SWIFT_METHOD void unlock_slowly(SELF) __asm__(UNLOCK_SLOW);
SWIFT_METHOD void unlock_slowly(SELF) {
    if (__tsan_release) __tsan_release(self);
    ((unlock_slow)next(UNLOCK_SLOW))(self);
}
