/*
 * The lock of an instance: recursive, a compare-and-swap when nobody else wants it.
 *
 * `owner` is the address of a thread-local variable of the holder. A thread that finds it taken
 * counts itself as waiting and sleeps on a condition; the holder signals only when somebody waits.
 */
#ifndef OUZEL_RUN_LOCK_H
#define OUZEL_RUN_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ozi_lock {
    _Atomic uintptr_t owner; /* 0: free */
    _Atomic uint32_t waiting;
    uint32_t depth; /* of the owner */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
} ozi_lock;

void
ozi_lock_init(ozi_lock *lock);
void
ozi_lock_destroy(ozi_lock *lock);
bool
ozi_lock_try(ozi_lock *lock);
void
ozi_lock_take(ozi_lock *lock);
void
ozi_lock_give(ozi_lock *lock);

#endif
