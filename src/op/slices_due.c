/* Slices: which windows are due, and slices that no window needs any more. */
#include <stdlib.h>

#include "base/alloc.h"
#include "op/slices_inside.h"

typedef struct search {
    const ozi_slices *slices;
    int64_t done;    /* windows up to this one were done with before */
    int64_t closing; /* those after it are not due yet */
    bool only_last;
    ozi_vec *due;
    ozi_vec rested;      /* ozi_slice_key: no row since the last time */
    ozi_slice_list list; /* of the key that is looked at */
    int64_t next_due;
    oz_status status;
} search;

/* ---- one key ----------------------------------------------------------------------------------- */

static int64_t
later(int64_t left, int64_t right)
{
    return left > right ? left : right;
}

static int64_t
sooner(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static oz_status
push_due(search *search, const ozi_slice_key *key, int64_t window, int64_t first)
{
    ozi_due_window *due = ozi_vec_push(search->due);
    if (due == NULL) {
        return OZ_NO_MEMORY;
    }
    *due = (ozi_due_window){.key = *key, .window = window, .first = first};
    return OZ_OK;
}

/* Which of the slices from `at` on that a window covers was begun first. */
static int64_t
first_of(const search *search, const ozi_slice *at, const ozi_slice *end, int64_t window)
{
    int64_t first = at->first;
    while (++at < end && ozi_window_first(&search->slices->windows, at->number) <= window) {
        first = sooner(first, at->first);
    }
    return first;
}

/* Each window is found at the first of its slices. */
static oz_status
push_windows(search *search, const ozi_slice_key *key)
{
    const ozi_windows *windows = &search->slices->windows;
    const ozi_slice *at = search->list.items.items;
    const ozi_slice *end = at + search->list.items.count;
    int64_t window = search->done + 1;
    for (; at < end; at++) {
        int64_t last = sooner(ozi_window_last(windows, at->number), search->closing);
        window = later(window, ozi_window_first(windows, at->number));
        for (; window <= last; window++) {
            OZ_TRY(push_due(search, key, window, first_of(search, at, end, window)));
            if (window == INT64_MAX) {
                return OZ_OK;
            }
        }
    }
    return OZ_OK;
}

/* The first window after `done` that covers one of the slices. */
static int64_t
next_after(const search *search, int64_t done)
{
    const ozi_windows *windows = &search->slices->windows;
    const ozi_slice *items = search->list.items.items;
    for (size_t i = 0; done != OZI_WINDOW_ALL && i < search->list.items.count; i++) {
        if (ozi_window_last(windows, items[i].number) > done) {
            return later(ozi_window_first(windows, items[i].number), done + 1);
        }
    }
    return OZI_WINDOW_ALL;
}

static oz_status
look_at_slices(search *search, const ozi_slice_key *key, const ozi_slice *newest)
{
    OZ_TRY(ozi_slices_list(search->slices, key, newest, &search->list));
    search->next_due = sooner(search->next_due, next_after(search, search->closing));
    if (next_after(search, search->done) > search->closing) {
        return OZ_OK;
    }
    if (search->only_last) {
        int64_t last = ozi_window_last(&search->slices->windows, newest->number);
        return push_due(search, key, sooner(last, search->closing), 0);
    }
    return push_windows(search, key);
}

/* A key with one slice, of windows that do not overlap: what most keys are. */
static oz_status
look_at_one(search *search, const ozi_slice_key *key, const ozi_slice *newest)
{
    if (newest->number > search->closing) {
        search->next_due = sooner(search->next_due, newest->number);
        return OZ_OK;
    }
    return push_due(search, key, newest->number, newest->first);
}

static oz_status
look_at_key(search *search, const ozi_slice_key *key, const ozi_slice *newest)
{
    if (newest->row_count == 0) {
        return key->is_keyed ? ozi_vec_append(&search->rested, key, 1) : OZ_OK;
    }
    const ozi_windows *windows = &search->slices->windows;
    bool is_one = !ozi_slice_has_older(newest) && windows->hop == windows->size;
    return is_one ? look_at_one(search, key, newest) : look_at_slices(search, key, newest);
}

static bool
look_at(void *context, const oz_key *key, uint64_t hash, void *value)
{
    search *search = context;
    ozi_slice_key found = {.key = *key, .hash = hash, .is_keyed = true};
    search->status = look_at_key(search, &found, value);
    return search->status == OZ_OK;
}

/* ---- in order ---------------------------------------------------------------------------------- */

static int
compare(const void *left, const void *right)
{
    const ozi_due_window *first = left;
    const ozi_due_window *second = right;
    int order = (first->window > second->window) - (first->window < second->window);
    return order != 0 ? order : (first->first > second->first) - (first->first < second->first);
}

static bool
is_sorted(const ozi_due_window *due, size_t count)
{
    size_t i = 1;
    while (i < count && compare(&due[i - 1], &due[i]) < 0) {
        i++;
    }
    return i >= count;
}

static void
sort(ozi_vec *due)
{
    if (!is_sorted(due->items, due->count)) {
        qsort(due->items, due->count, sizeof(ozi_due_window), compare);
    }
}

/* ---- all keys ---------------------------------------------------------------------------------- */

static oz_status
look_at_all(search *search)
{
    const ozi_slice_key none = {.key = oz_key_single, .hash = OZ_HASH_SINGLE};
    oz_table_scan(ozi_slices_table(search->slices, OZI_NEWEST), look_at, search);
    if (search->status == OZ_OK) {
        search->status = look_at_key(search, &none, ozi_slices_single(search->slices));
    }
    return search->status;
}

static void
forget_rested(const search *search)
{
    oz_table *table = ozi_slices_table(search->slices, OZI_NEWEST);
    for (size_t i = 0; i < search->rested.count; i++) {
        const ozi_slice_key *key = ozi_vec_at(&search->rested, i);
        oz_table_remove(table, &key->key, key->hash);
    }
}

oz_status
ozi_slices_due(const ozi_slices *slices, int64_t closing, bool only_last, ozi_vec *due)
{
    ozi_progress *progress = ozi_slices_progress(slices);
    const oz_alloc *alloc = slices->node->engine->alloc;
    search search = {.slices = slices,
                     .done = progress->done,
                     .closing = closing,
                     .only_last = only_last,
                     .due = due,
                     .list = {.from = INT64_MIN, .to = INT64_MAX},
                     .next_due = OZI_WINDOW_ALL};
    if (progress->next_due > closing) {
        return OZ_OK;
    }
    ozi_vec_init(&search.list.items, alloc, sizeof(ozi_slice));
    ozi_vec_init(&search.rested, alloc, sizeof(ozi_slice_key));
    oz_status status = look_at_all(&search);
    if (status == OZ_OK) {
        forget_rested(&search);
        progress->next_due = search.next_due;
        progress->done = closing == OZI_WINDOW_ALL ? progress->done : closing;
        sort(due);
    } else {
        ozi_vec_clear(due);
    }
    ozi_vec_free(&search.list.items);
    ozi_vec_free(&search.rested);
    return status;
}

/* ---- slices that are done with ----------------------------------------------------------------- */

/* Removes the older slices whose last window is not later than `done`. */
static void
drop_older(const ozi_slices *slices, const ozi_slice_key *key, ozi_slice *newest, int64_t done)
{
    oz_table *older = ozi_slices_table(slices, OZI_OLDER);
    oz_cursor cursor = {0};
    const oz_key *number;
    void *value;
    bool is_left = false;
    while (oz_map_next(older, &key->key, key->hash, &cursor, &number, &value)) {
        oz_key removed = *number;
        if (ozi_window_last(&slices->windows, (int64_t)removed.low) <= done) {
            oz_map_remove(older, &key->key, key->hash, &removed);
            cursor = (oz_cursor){0};
            is_left = false;
        } else {
            is_left = true;
        }
    }
    newest->first = (newest->first & ~INT64_C(1)) | is_left;
}

void
ozi_slices_drop(const ozi_slices *slices, const ozi_due_window *done, bool is_last)
{
    const ozi_slice_key *key = &done->key;
    oz_table *table = ozi_slices_table(slices, OZI_NEWEST);
    ozi_slice *newest = ozi_slices_newest(slices, key);
    if (ozi_slice_has_older(newest)) {
        drop_older(slices, key, newest, done->window);
    }
    if (ozi_window_last(&slices->windows, newest->number) > done->window) {
        return;
    }
    ozi_slice_clear(table, &newest->value);
    newest->row_count = 0;
    if (is_last && key->is_keyed) {
        oz_table_remove(table, &key->key, key->hash);
    }
}
