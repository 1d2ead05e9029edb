/* Slices: which windows are due, and slices that no window needs any more. */
#include <stdlib.h>

#include "base/alloc.h"
#include "op/slices_inside.h"

typedef struct search {
    const ozi_slices *slices;
    int64_t done;    /* windows up to this one were done with before */
    int64_t closing; /* those after it are not due yet */
    bool gives_nothing;
    ozi_vec *due;
    ozi_vec rested;      /* ozi_slice_key: no row since the last time */
    ozi_slice_list list; /* of the key that is looked at */
    int64_t next_due;
    oz_status status;
} search;

/* ---- one key --------------------------------------------------------------------------------- */

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
    ozi_key_window *due = ozi_vec_push(search->due);
    if (due == NULL) {
        return OZ_NO_MEMORY;
    }
    *due = (ozi_key_window){.key = *key, .window = window, .first = first};
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
    if (search->gives_nothing) {
        int64_t last = ozi_window_last(&search->slices->windows, newest->number);
        return push_due(search, key, sooner(last, search->closing), 0);
    }
    return push_windows(search, key);
}

static bool
owns_nothing(const oz_scalar *value)
{
    return value->kind != OZ_SCALAR_STRING && value->kind != OZ_SCALAR_BYTES &&
           value->kind != OZ_SCALAR_OBJECT;
}

/*
 * A key with one slice, of windows that do not overlap: what most keys are. It is at hand now, and
 * would have to be looked for later; so its aggregate leaves the table at once.
 */
static oz_status
look_at_one(search *search, const ozi_slice_key *key, ozi_slice *newest)
{
    if (newest->number > search->closing) {
        search->next_due = sooner(search->next_due, newest->number);
        return OZ_OK;
    }
    if (!owns_nothing(&newest->value)) {
        return push_due(search, key, newest->number, newest->first);
    }
    if (!search->gives_nothing) {
        OZ_TRY(push_due(search, key, newest->number, newest->first));
        ozi_key_window *due = ozi_vec_last(search->due);
        due->row_count = newest->row_count;
        due->value = newest->value;
    }
    newest->row_count = 0;
    newest->value = (oz_scalar){.kind = OZ_SCALAR_NULL};
    return OZ_OK;
}

static oz_status
look_at_key(search *search, const ozi_slice_key *key, ozi_slice *newest)
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

/* ---- in order -------------------------------------------------------------------------------- */

static int
compare(const void *left, const void *right)
{
    const ozi_key_window *first = left;
    const ozi_key_window *second = right;
    int order = (first->window > second->window) - (first->window < second->window);
    return order != 0 ? order : (first->first > second->first) - (first->first < second->first);
}

static int64_t
place_of(const ozi_key_window *due)
{
    return due->first >> 1;
}

/* From the first to the last place of windows that are all of one number; 0 when they are not. */
static int64_t
range_of_places(const ozi_key_window *items, int64_t count, int64_t *least)
{
    int64_t most = place_of(items);
    *least = most;
    for (int64_t i = 1; i < count; i++) {
        if (items[i].window != items[0].window) {
            return 0;
        }
        *least = sooner(*least, place_of(&items[i]));
        most = later(most, place_of(&items[i]));
    }
    return most - *least + 1;
}

/*
 * When one window closes, as is usual, no two keys have the same place in the order of slices, and
 * the places lie close together: each item goes right to where it belongs. Keys that were begun on
 * different workers may have the same place: then fewer are put in than there are.
 */
static void
put_in_places(const ozi_key_window *items, int64_t count, int64_t least, int64_t range,
              uint32_t *places, ozi_vec *sorted)
{
    for (int64_t i = 0; i < count; i++) {
        places[place_of(&items[i]) - least] = (uint32_t)i + 1;
    }
    for (int64_t place = 0; place < range; place++) {
        if (places[place] > 0) {
            (void)!ozi_vec_append(sorted, &items[places[place] - 1], 1); /* there is room */
        }
    }
}

/* False: it is not so simple, or memory is out. */
static bool
sort_by_place(ozi_vec *due)
{
    enum { SPARSE_MAX = 8 };
    int64_t least;
    int64_t count = (int64_t)due->count;
    int64_t range = range_of_places(due->items, count, &least);
    if (range == 0 || range > SPARSE_MAX * count || count > INT32_MAX) {
        return false;
    }
    ozi_vec sorted;
    ozi_vec_init(&sorted, due->alloc, sizeof(ozi_key_window));
    size_t bytes = (size_t)range * sizeof(uint32_t);
    uint32_t *places = ozi_alloc_zero(due->alloc, bytes);
    if (places == NULL || ozi_vec_reserve(&sorted, due->count) != OZ_OK) {
        ozi_alloc_free(due->alloc, places, bytes);
        return false;
    }
    put_in_places(due->items, count, least, range, places, &sorted);
    ozi_alloc_free(due->alloc, places, bytes);
    if (sorted.count < due->count) {
        ozi_vec_free(&sorted);
        return false;
    }
    ozi_vec_free(due);
    *due = sorted;
    return true;
}

static void
sort(ozi_vec *due)
{
    if (due->count > 1 && !sort_by_place(due)) {
        qsort(due->items, due->count, sizeof(ozi_key_window), compare);
    }
}

/* ---- all keys -------------------------------------------------------------------------------- */

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
ozi_slices_due(const ozi_slices *slices, int64_t closing, bool gives_nothing, ozi_vec *due)
{
    ozi_progress *progress = ozi_slices_progress(slices);
    const oz_alloc *alloc = slices->node->engine->alloc;
    search search = {.slices = slices,
                     .done = progress->done,
                     .closing = closing,
                     .gives_nothing = gives_nothing,
                     .due = due,
                     .list = {.from = INT64_MIN, .to = INT64_MAX},
                     .next_due = OZI_WINDOW_ALL};
    if (progress->next_due > closing) {
        progress->done = later(progress->done, closing); /* no window up to there has rows */
        return OZ_OK;
    }
    ozi_vec_init(&search.list.items, alloc, sizeof(ozi_slice));
    ozi_vec_init(&search.rested, alloc, sizeof(ozi_slice_key));
    oz_status status = look_at_all(&search);
    if (status == OZ_OK) {
        forget_rested(&search);
        progress->next_due = search.next_due;
        progress->done =
            closing == OZI_WINDOW_ALL ? progress->done : later(progress->done, closing);
    }
    if (!gives_nothing) {
        sort(due);
    }
    ozi_vec_free(&search.list.items);
    ozi_vec_free(&search.rested);
    return status;
}

/* ---- slices that are done with --------------------------------------------------------------- */

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
ozi_slices_drop(const ozi_slices *slices, const ozi_key_window *done)
{
    if (done->row_count > 0) {
        return;
    }
    ozi_slice *newest = ozi_slices_newest(slices, &done->key);
    if (ozi_slice_has_older(newest)) {
        drop_older(slices, &done->key, newest, done->window);
    }
    if (ozi_window_last(&slices->windows, newest->number) <= done->window) {
        ozi_slice_clear(ozi_slices_table(slices, OZI_NEWEST), &newest->value);
        newest->row_count = 0;
    }
}
