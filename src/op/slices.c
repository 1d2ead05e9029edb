#include "op/slices.h"

#include <stdlib.h>

#include "batch/key.h"
#include "op/aggregate.h"
#include "op/number.h"
#include "state/table_inline.h"

enum { NEWEST, OLDER, PROGRESS };

/* The value of a slice in table OLDER, laid out as its fields are declared. */
typedef struct slice {
    int64_t row_count;
    int64_t first; /* the number of the slice in the order of beginning, over all keys */
    oz_scalar value;
} slice;

/* The value of table NEWEST. */
typedef struct newest {
    slice now; /* without rows: the entry is new */
    int64_t number;
    int64_t due; /* the first window of the key that is not done with */
    int64_t older_count;
} newest;

/* The value of table PROGRESS. */
typedef struct progress {
    int64_t size;
    int64_t hop;
    int64_t watermark_ns;
    int64_t next_due; /* no window before it is due, of any key */
    int64_t sequence;
} progress;

static oz_table *
table_of(const ozi_slices *slices, uint32_t index)
{
    return slices->node->tables[index];
}

static progress *
progress_of(const ozi_slices *slices)
{
    return oz_table_single(table_of(slices, PROGRESS));
}

static newest *
single_of(const ozi_slices *slices)
{
    return oz_table_single(table_of(slices, NEWEST));
}

static newest *
find_newest(const ozi_slices *slices, const ozi_slice_key *key)
{
    return key->is_keyed ? oz_table_find(table_of(slices, NEWEST), &key->key, key->hash)
                         : single_of(slices);
}

static void
clear_scalar(oz_table *table, oz_scalar *field)
{
    const oz_scalar nothing = {.kind = OZ_SCALAR_NULL};
    (void)!oz_scalar_assign(table, field, &nothing); /* takes no memory */
}

ozi_slice_key
ozi_slice_key_of(const oz_batch *batch, int64_t row)
{
    const oz_rows *rows = batch->rows;
    if (rows->keys == NULL) {
        return (ozi_slice_key){.key = oz_key_single, .hash = OZ_HASH_SINGLE};
    }
    return (ozi_slice_key){.key = rows->keys[row], .hash = rows->hashes[row], .is_keyed = true};
}

/* ---- progress ---------------------------------------------------------------------------------- */

static bool
is_empty(const ozi_slices *slices)
{
    return oz_table_count(table_of(slices, NEWEST)) == 0 && single_of(slices)->now.row_count == 0;
}

oz_status
ozi_slices_begin(ozi_slices *slices, oz_context *node, const ozi_windows *windows, int64_t grace_ns,
                 ozi_slice_kind kind)
{
    *slices = (ozi_slices){.node = node, .windows = *windows, .kind = kind};
    progress *now = progress_of(slices);
    if (now->size == 0) {
        now->watermark_ns = INT64_MIN;
    }
    if (now->size != windows->size || now->hop != windows->hop) {
        if (!is_empty(slices)) {
            return oz_error_set(oz_context_error(node), OZ_INVALID,
                                "it has open windows of another size; give the step another name");
        }
        now->size = windows->size;
        now->hop = windows->hop;
        now->next_due = OZI_WINDOW_ALL;
    }
    slices->closed = ozi_window_closed(windows, now->watermark_ns, grace_ns);
    return OZ_OK;
}

void
ozi_slices_set_watermark(ozi_slices *slices, int64_t watermark_ns, int64_t grace_ns)
{
    progress *now = progress_of(slices);
    if (watermark_ns > now->watermark_ns) {
        now->watermark_ns = watermark_ns;
    }
    slices->closed = ozi_window_closed(&slices->windows, now->watermark_ns, grace_ns);
}

int64_t
ozi_slices_watermark(const ozi_slices *slices)
{
    return progress_of(slices)->watermark_ns;
}

/* The first open window that covers a slice. */
static int64_t
first_open(const ozi_slices *slices, int64_t number)
{
    int64_t first = ozi_window_first(&slices->windows, number);
    return first > slices->closed ? first : slices->closed + 1;
}

/* ---- arithmetic -------------------------------------------------------------------------------- */

static oz_status
keep_better(const ozi_slices *slices, oz_table *table, slice *into, const oz_scalar *value,
            oz_error *error)
{
    bool is_better = true;
    if (into->row_count > 0) {
        const oz_scalar *left = slices->kind == OZI_SLICE_MIN ? value : &into->value;
        const oz_scalar *right = slices->kind == OZI_SLICE_MIN ? &into->value : value;
        OZ_TRY(ozi_number_less(slices->node, left, right, &is_better, error));
    }
    return is_better ? oz_scalar_assign(table, &into->value, value) : OZ_OK;
}

/* into = into + value, or the better of the two; rows are counted by the caller. */
static oz_status
combine(const ozi_slices *slices, oz_table *table, slice *into, const oz_scalar *value,
        oz_error *error)
{
    double number;
    switch (slices->kind) {
    case OZI_SLICE_COUNT:
        return OZ_OK;
    case OZI_SLICE_MEAN:
        if (!ozi_number_float64(slices->node, value, &number)) {
            return oz_error_set(error, OZ_BAD_RECORD, "a mean is of numbers");
        }
        return ozi_number_add(slices->node, table, &into->value, value, error);
    case OZI_SLICE_SUM:
        return ozi_number_add(slices->node, table, &into->value, value, error);
    case OZI_SLICE_MIN:
    case OZI_SLICE_MAX:
        return keep_better(slices, table, into, value, error);
    }
    return OZ_INVALID;
}

/* ---- rows in ----------------------------------------------------------------------------------- */

/* The rows of a batch on their way into slices, and the slice of the row before. */
typedef struct adder {
    const ozi_slices *slices;
    const oz_batch *batch;
    const int64_t *times;
    const int64_t *integers; /* the values, when all are INT64; or NULL */
    progress *progress;
    ozi_span span;
    int64_t number;
} adder;

static inline bool
is_in_span(const adder *on, int64_t row)
{
    return on->times[row] >= on->span.begin && on->times[row] < on->span.end;
}

static bool
add_integer(const adder *on, slice *into, int64_t row)
{
    bool adds = on->slices->kind == OZI_SLICE_SUM || on->slices->kind == OZI_SLICE_MEAN;
    return adds && into->value.kind == OZ_SCALAR_INT64 &&
           !__builtin_add_overflow(into->value.as.int64, on->integers[row], &into->value.as.int64);
}

static oz_status
add_value(const adder *on, oz_table *table, slice *into, int64_t row)
{
    oz_scalar value;
    oz_error *error = oz_context_error(on->slices->node);
    if (on->slices->kind != OZI_SLICE_COUNT &&
        (on->integers == NULL || !add_integer(on, into, row))) {
        OZ_TRY(ozi_row_scalar(on->batch, row, &value, error));
        OZ_TRY(combine(on->slices, table, into, &value, error));
    }
    into->row_count++;
    return OZ_OK;
}

/* The slice that a key now has is due for its windows, too. */
static void
expect_windows(const adder *on, newest *entry, bool is_first)
{
    int64_t due = first_open(on->slices, on->number);
    if (is_first || due < entry->due) {
        entry->due = due;
    }
    if (due < on->progress->next_due) {
        on->progress->next_due = due;
    }
}

/* Moves the newest slice of a key to the older ones. */
static oz_status
push_older(const adder *on, const ozi_slice_key *key, newest *entry)
{
    void *value;
    bool is_new;
    oz_table *older = table_of(on->slices, OLDER);
    oz_key number = ozi_key_of_int64(entry->number, OZI_KEY_SHOW_INT);
    OZ_TRY(oz_map_put(older, &key->key, key->hash, &number, &value, &is_new));
    slice *moved = value;
    oz_status status = oz_scalar_assign(older, &moved->value, &entry->now.value);
    if (status != OZ_OK) {
        oz_map_remove(older, &key->key, key->hash, &number);
        return status;
    }
    moved->row_count = entry->now.row_count;
    moved->first = entry->now.first;
    clear_scalar(table_of(on->slices, NEWEST), &entry->now.value);
    entry->older_count++;
    return OZ_OK;
}

/* The row is the first of its slice, which is later than the others of its key. */
static oz_status
begin_newest(const adder *on, int64_t row, newest *entry)
{
    slice fresh = {.row_count = 0};
    oz_table *table = table_of(on->slices, NEWEST);
    bool is_first = entry->now.row_count == 0;
    OZ_TRY(add_value(on, table, &fresh, row));
    if (!is_first) {
        ozi_slice_key key = ozi_slice_key_of(on->batch, row);
        oz_status status = push_older(on, &key, entry);
        if (status != OZ_OK) {
            clear_scalar(table, &fresh.value);
            return status;
        }
    }
    fresh.first = ++on->progress->sequence;
    entry->now = fresh;
    entry->number = on->number;
    expect_windows(on, entry, is_first);
    return OZ_OK;
}

static oz_status
add_older(const adder *on, int64_t row, newest *entry)
{
    void *value;
    bool is_new;
    oz_table *older = table_of(on->slices, OLDER);
    ozi_slice_key key = ozi_slice_key_of(on->batch, row);
    oz_key number = ozi_key_of_int64(on->number, OZI_KEY_SHOW_INT);
    OZ_TRY(oz_map_put(older, &key.key, key.hash, &number, &value, &is_new));
    slice *into = value;
    oz_status status = add_value(on, older, into, row);
    if (!is_new) {
        return status;
    }
    if (status != OZ_OK) {
        oz_map_remove(older, &key.key, key.hash, &number);
        return status;
    }
    into->first = ++on->progress->sequence;
    entry->older_count++;
    expect_windows(on, entry, false);
    return OZ_OK;
}

/* A row that is not simply one more of the newest slice of its key. */
static oz_status
add_slowly(adder *on, int64_t row, newest *entry)
{
    if (!is_in_span(on, row)) {
        on->number = ozi_slice_at(&on->slices->windows, on->times[row]);
        on->span = ozi_slice_span(&on->slices->windows, on->number);
    }
    if (entry->now.row_count == 0 || on->number > entry->number) {
        return begin_newest(on, row, entry);
    }
    if (on->number < entry->number) {
        return add_older(on, row, entry);
    }
    return add_value(on, table_of(on->slices, NEWEST), &entry->now, row);
}

static inline bool
is_one_more(const adder *on, int64_t row, const newest *entry)
{
    return is_in_span(on, row) && entry->number == on->number && entry->now.row_count > 0;
}

static inline oz_status
update_count(void *context, int64_t row, void *value, bool is_new)
{
    (void)is_new;
    newest *entry = value;
    if (OZI_LIKELY(is_one_more(context, row, entry))) {
        entry->now.row_count++;
        return OZ_OK;
    }
    return add_slowly(context, row, entry);
}

static inline oz_status
update_value(void *context, int64_t row, void *value, bool is_new)
{
    (void)is_new;
    adder *on = context;
    newest *entry = value;
    if (OZI_LIKELY(is_one_more(on, row, entry))) {
        return add_value(on, table_of(on->slices, NEWEST), &entry->now, row);
    }
    return add_slowly(on, row, entry);
}

static oz_status
add_single(adder *on, int64_t *row, int64_t end)
{
    newest *entry = single_of(on->slices);
    bool counts = on->slices->kind == OZI_SLICE_COUNT;
    oz_status status = OZ_OK;
    while (*row < end && status == OZ_OK) {
        status = counts ? update_count(on, *row, entry, false)
                        : update_value(on, *row, entry, false);
        *row += status == OZ_OK;
    }
    return status;
}

/* An entry that was made for a row which then could not be taken. */
static void
drop_new_entry(const adder *on, int64_t row)
{
    ozi_slice_key key = ozi_slice_key_of(on->batch, row);
    const newest *entry = find_newest(on->slices, &key);
    if (key.is_keyed && entry != NULL && entry->now.row_count == 0) {
        oz_table_remove(table_of(on->slices, NEWEST), &key.key, key.hash);
    }
}

oz_status
ozi_slices_add(const ozi_slices *slices, const oz_batch *batch, int64_t begin, int64_t end,
               int64_t *done)
{
    const oz_rows *rows = batch->rows;
    const oz_column *column = batch->columns[0];
    oz_table *table = table_of(slices, NEWEST);
    adder on = {.slices = slices, .batch = batch, .times = rows->times, .span = {0, 0}};
    on.progress = progress_of(slices);
    if (batch->column_count == 1 && column->type == OZ_INT64 && column->validity == NULL) {
        on.integers = column->values;
    }
    oz_status status;
    *done = begin;
    if (rows->keys == NULL) {
        return add_single(&on, done, end);
    }
    if (slices->kind == OZI_SLICE_COUNT) {
        status = ozi_table_update_many(table, rows->keys, rows->hashes, begin, end, update_count,
                                       &on, done);
    } else {
        status = ozi_table_update_many(table, rows->keys, rows->hashes, begin, end, update_value,
                                       &on, done);
    }
    if (status != OZ_OK) {
        drop_new_entry(&on, *done);
    }
    return status;
}

/* ---- windows out ------------------------------------------------------------------------------- */

/* The slices of a key, put into the order of time. */
typedef struct numbered {
    int64_t number;
    slice slice;
} numbered;

typedef struct slice_list {
    ozi_vec items; /* numbered; borrows the values */
    int64_t from, to;
    bool is_full; /* memory is out */
} slice_list;

static void
list_slice(slice_list *list, int64_t number, const slice *value)
{
    if (number < list->from || number > list->to || list->is_full) {
        return;
    }
    numbered *item = ozi_vec_push(&list->items);
    list->is_full = item == NULL;
    for (; item != NULL && item > (numbered *)list->items.items && item[-1].number > number;
         item--) {
        item[0] = item[-1];
    }
    if (item != NULL) {
        *item = (numbered){.number = number, .slice = *value};
    }
}

static bool
list_older(void *context, const oz_key *key, uint64_t hash, void *value)
{
    (void)hash;
    list_slice(context, (int64_t)key->low, value);
    return true;
}

/* Those numbered [from, to]; nearly always they come in order already. */
static oz_status
list_slices(const ozi_slices *slices, const ozi_slice_key *key, const newest *entry,
            slice_list *list)
{
    if (entry->older_count > 0) {
        oz_map_scan(table_of(slices, OLDER), &key->key, key->hash, list_older, list);
    }
    list_slice(list, entry->number, &entry->now);
    return list->is_full ? OZ_NO_MEMORY : OZ_OK;
}

static oz_status
append_result(const ozi_slices *slices, const slice *value, oz_builder *results)
{
    double sum;
    switch (slices->kind) {
    case OZI_SLICE_COUNT:
        return oz_builder_append_int64(results, value->row_count);
    case OZI_SLICE_MEAN:
        if (!ozi_number_float64(slices->node, &value->value, &sum)) {
            return oz_error_set(oz_context_error(slices->node), OZ_INVALID,
                                "the sum of a window is not a real number");
        }
        return oz_builder_append_float64(results, sum / (double)value->row_count);
    default:
        return oz_builder_append(results, &value->value);
    }
}

/* Several slices become one, in the order of time. */
static oz_status
fold(const ozi_slices *slices, const numbered *items, size_t count, slice *total)
{
    oz_table *table = table_of(slices, NEWEST);
    oz_error *error = oz_context_error(slices->node);
    oz_status status = oz_scalar_assign(table, &total->value, &items[0].slice.value);
    total->row_count = items[0].slice.row_count;
    for (size_t i = 1; i < count && status == OZ_OK; i++) {
        status = combine(slices, table, total, &items[i].slice.value, error);
        total->row_count += items[i].slice.row_count;
    }
    if (status == OZ_BAD_RECORD) {
        error->status = OZ_INVALID; /* no row is to blame */
        status = oz_error_context(error, "the slices of a window do not go together");
    }
    return status;
}

static oz_status
fold_result(const ozi_slices *slices, const slice_list *list, oz_builder *results)
{
    slice total = {.row_count = 0};
    oz_status status = fold(slices, list->items.items, list->items.count, &total);
    if (status == OZ_OK) {
        status = append_result(slices, &total, results);
    }
    clear_scalar(table_of(slices, NEWEST), &total.value);
    return status;
}

oz_status
ozi_slices_result(const ozi_slices *slices, const ozi_slice_key *key, int64_t window,
                  oz_builder *results)
{
    const newest *entry = find_newest(slices, key);
    ozi_span span = ozi_window_span(&slices->windows, window);
    slice_list list = {.from = ozi_slice_at(&slices->windows, span.begin),
                       .to = ozi_slice_at(&slices->windows, span.end - 1)};
    if (entry->older_count == 0) {
        return append_result(slices, &entry->now, results);
    }
    ozi_vec_init(&list.items, slices->node->engine->alloc, sizeof(numbered));
    oz_status status = list_slices(slices, key, entry, &list);
    if (status == OZ_OK) {
        status = fold_result(slices, &list, results);
    }
    ozi_vec_free(&list.items);
    return status;
}

/* ---- windows that are due ---------------------------------------------------------------------- */

typedef struct search {
    const ozi_slices *slices;
    int64_t closing;
    bool only_last;
    ozi_vec *due;
    slice_list list; /* of the key that is looked at */
    int64_t next_due;
    oz_status status;
} search;

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
first_of(const search *search, const numbered *at, const numbered *end, int64_t window)
{
    int64_t first = at->slice.first;
    while (++at < end && ozi_window_first(&search->slices->windows, at->number) <= window) {
        first = at->slice.first < first ? at->slice.first : first;
    }
    return first;
}

/* Each window is found at the first of its slices. */
static oz_status
push_windows(search *search, const ozi_slice_key *key, int64_t window)
{
    const ozi_windows *windows = &search->slices->windows;
    const numbered *at = search->list.items.items;
    const numbered *end = at + search->list.items.count;
    for (; at < end; at++) {
        int64_t first = ozi_window_first(windows, at->number);
        int64_t last = ozi_window_last(windows, at->number);
        last = last < search->closing ? last : search->closing;
        window = window > first ? window : first;
        for (; window <= last; window++) {
            OZ_TRY(push_due(search, key, window, first_of(search, at, end, window)));
            if (window == INT64_MAX) {
                return OZ_OK;
            }
        }
    }
    return OZ_OK;
}

static int64_t
next_due_of(const ozi_slices *slices, const slice_list *list, int64_t done)
{
    int64_t next = OZI_WINDOW_ALL;
    const numbered *items = list->items.items;
    for (size_t i = 0; i < list->items.count; i++) {
        int64_t first = ozi_window_first(&slices->windows, items[i].number);
        first = first > done ? first : done + 1;
        if (ozi_window_last(&slices->windows, items[i].number) > done && first < next) {
            next = first;
        }
    }
    return next;
}

static oz_status
look_closely(search *search, const ozi_slice_key *key, const newest *entry)
{
    const ozi_slices *slices = search->slices;
    ozi_vec_clear(&search->list.items);
    OZ_TRY(list_slices(slices, key, entry, &search->list));
    int64_t next = search->closing == OZI_WINDOW_ALL
                       ? OZI_WINDOW_ALL
                       : next_due_of(slices, &search->list, search->closing);
    search->next_due = next < search->next_due ? next : search->next_due;
    if (search->only_last) {
        int64_t last = ozi_window_last(&slices->windows, entry->number);
        return push_due(search, key, last < search->closing ? last : search->closing, 0);
    }
    return push_windows(search, key, entry->due);
}

static bool
look_at(void *context, const oz_key *key, uint64_t hash, void *value)
{
    search *search = context;
    const newest *entry = value;
    if (entry->due > search->closing) {
        search->next_due = entry->due < search->next_due ? entry->due : search->next_due;
        return true;
    }
    ozi_slice_key found = {.key = *key, .hash = hash, .is_keyed = true};
    search->status = look_closely(search, &found, entry);
    return search->status == OZ_OK;
}

static int
compare_due(const void *left, const void *right)
{
    const ozi_due_window *first = left;
    const ozi_due_window *second = right;
    int order = (first->window > second->window) - (first->window < second->window);
    return order != 0 ? order : (first->first > second->first) - (first->first < second->first);
}

static void
look_at_single(search *search)
{
    const newest *single = single_of(search->slices);
    ozi_slice_key key = {.key = oz_key_single, .hash = OZ_HASH_SINGLE};
    if (single->now.row_count > 0 && search->status == OZ_OK) {
        if (single->due <= search->closing) {
            search->status = look_closely(search, &key, single);
        } else if (single->due < search->next_due) {
            search->next_due = single->due;
        }
    }
}

oz_status
ozi_slices_due(const ozi_slices *slices, int64_t closing, bool only_last, ozi_vec *due)
{
    progress *now = progress_of(slices);
    search search = {.slices = slices,
                     .closing = closing,
                     .only_last = only_last,
                     .due = due,
                     .list = {.from = INT64_MIN, .to = INT64_MAX},
                     .next_due = OZI_WINDOW_ALL};
    if (now->next_due > closing) {
        return OZ_OK;
    }
    ozi_vec_init(&search.list.items, slices->node->engine->alloc, sizeof(numbered));
    oz_table_scan(table_of(slices, NEWEST), look_at, &search);
    look_at_single(&search);
    ozi_vec_free(&search.list.items);
    if (search.status != OZ_OK) {
        ozi_vec_clear(due);
        return search.status;
    }
    now->next_due = search.next_due;
    if (!only_last && due->count > 1) {
        qsort(due->items, due->count, sizeof(ozi_due_window), compare_due);
    }
    return OZ_OK;
}

/* ---- slices that are done with ----------------------------------------------------------------- */

/* Removes the older slices whose last window is not later than `done`. */
static void
drop_older(const ozi_slices *slices, const ozi_slice_key *key, newest *entry, int64_t done)
{
    oz_table *older = table_of(slices, OLDER);
    oz_cursor cursor = {0};
    const oz_key *sub;
    void *value;
    while (entry->older_count > 0 &&
           oz_map_next(older, &key->key, key->hash, &cursor, &sub, &value)) {
        oz_key number = *sub;
        if (ozi_window_last(&slices->windows, (int64_t)number.low) <= done) {
            oz_map_remove(older, &key->key, key->hash, &number);
            entry->older_count--;
            cursor = (oz_cursor){0};
        }
    }
}

typedef struct earliest {
    const ozi_slices *slices;
    int64_t done;
    int64_t next;
} earliest;

static bool
look_at_older(void *context, const oz_key *key, uint64_t hash, void *value)
{
    (void)hash;
    (void)value;
    earliest *of = context;
    int64_t first = ozi_window_first(&of->slices->windows, (int64_t)key->low);
    first = first > of->done ? first : of->done + 1;
    of->next = first < of->next ? first : of->next;
    return true;
}

void
ozi_slices_drop(const ozi_slices *slices, const ozi_due_window *done)
{
    const ozi_slice_key *key = &done->key;
    oz_table *table = table_of(slices, NEWEST);
    newest *entry = find_newest(slices, key);
    drop_older(slices, key, entry, done->window);
    if (ozi_window_last(&slices->windows, entry->number) <= done->window) {
        clear_scalar(table, &entry->now.value);
        *entry = (newest){.now = {.row_count = 0}};
        if (key->is_keyed) {
            oz_table_remove(table, &key->key, key->hash);
        }
        return;
    }
    earliest of = {.slices = slices, .done = done->window, .next = OZI_WINDOW_ALL};
    oz_key number = ozi_key_of_int64(entry->number, OZI_KEY_SHOW_INT);
    (void)look_at_older(&of, &number, 0, NULL);
    if (entry->older_count > 0) {
        oz_map_scan(table_of(slices, OLDER), &key->key, key->hash, look_at_older, &of);
    }
    entry->due = of.next;
}
