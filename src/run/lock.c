#include "run/lock.h"

static uintptr_t
self(void)
{
    static _Thread_local char marker;
    return (uintptr_t)&marker;
}

void
ozi_lock_init(ozi_lock *lock)
{
    atomic_init(&lock->owner, 0);
    atomic_init(&lock->waiting, 0);
    lock->depth = 0;
    (void)pthread_mutex_init(&lock->mutex, NULL);
    (void)pthread_cond_init(&lock->changed, NULL);
}

void
ozi_lock_destroy(ozi_lock *lock)
{
    (void)pthread_cond_destroy(&lock->changed);
    (void)pthread_mutex_destroy(&lock->mutex);
}

bool
ozi_lock_try(ozi_lock *lock)
{
    uintptr_t me = self();
    if (atomic_load_explicit(&lock->owner, memory_order_relaxed) == me) {
        lock->depth++;
        return true;
    }
    uintptr_t nobody = 0;
    if (!atomic_compare_exchange_strong(&lock->owner, &nobody, me)) {
        return false;
    }
    lock->depth = 1;
    return true;
}

void
ozi_lock_take(ozi_lock *lock)
{
    if (ozi_lock_try(lock)) {
        return;
    }
    (void)pthread_mutex_lock(&lock->mutex);
    (void)atomic_fetch_add(&lock->waiting, 1);
    while (!ozi_lock_try(lock)) {
        (void)pthread_cond_wait(&lock->changed, &lock->mutex);
    }
    (void)atomic_fetch_sub(&lock->waiting, 1);
    (void)pthread_mutex_unlock(&lock->mutex);
}

/*
 * The store of `owner` and the load of `waiting` must not change places (Dekker's pattern with the
 * add and the try above), so both are sequentially consistent.
 */
void
ozi_lock_give(ozi_lock *lock)
{
    if (--lock->depth > 0) {
        return;
    }
    atomic_store(&lock->owner, 0);
    if (atomic_load(&lock->waiting) > 0) {
        (void)pthread_mutex_lock(&lock->mutex);
        (void)pthread_cond_signal(&lock->changed);
        (void)pthread_mutex_unlock(&lock->mutex);
    }
}
