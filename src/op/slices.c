/* Slices: how far event time is, and rows in. Windows out: slices_fold.c and slices_due.c. */
#include "op/aggregate.h"
#include "op/slices_inside.h"
#include "state/table_inline.h"

ozi_slice_key
ozi_slice_key_of(const oz_batch *batch, int64_t row)
{
    const oz_rows *rows = batch->rows;
    if (rows->keys == NULL) {
        return (ozi_slice_key){.key = oz_key_single, .hash = OZ_HASH_SINGLE};
    }
    return (ozi_slice_key){.key = rows->keys[row], .hash = rows->hashes[row], .is_keyed = true};
}

/* ---- progress -------------------------------------------------------------------------------- */

oz_status
ozi_slices_begin(ozi_slices *slices, oz_context *node, const ozi_windows *windows, int64_t grace_ns,
                 ozi_slice_kind kind)
{
    *slices = (ozi_slices){.node = node, .windows = *windows, .kind = kind};
    ozi_progress *progress = ozi_slices_progress(slices);
    if (progress->size == 0) {
        progress->watermark_ns = INT64_MIN;
        progress->next_due = OZI_WINDOW_ALL;
    }
    if (progress->size != windows->size || progress->hop != windows->hop) {
        if (progress->next_due != OZI_WINDOW_ALL) {
            return oz_error_set(oz_context_error(node), OZ_INVALID,
                                "it has open windows of another size; give the step another name");
        }
        progress->size = windows->size;
        progress->hop = windows->hop;
        progress->done = OZI_WINDOW_NONE;
    }
    slices->closed = ozi_window_closed(windows, progress->watermark_ns, grace_ns);
    return OZ_OK;
}

/* One that never had a row has nothing to say. */
void
ozi_slices_merge(void *into, const void *value, bool is_first)
{
    (void)is_first;
    ozi_progress *all = into;
    const ozi_progress *one = value;
    if (all->size == 0) {
        *all = *one;
    } else if (one->size != 0) {
        bool is_behind = one->watermark_ns < all->watermark_ns;
        all->watermark_ns = is_behind ? one->watermark_ns : all->watermark_ns;
        all->done = one->done < all->done ? one->done : all->done;
        all->next_due = one->next_due < all->next_due ? one->next_due : all->next_due;
        all->sequence = one->sequence > all->sequence ? one->sequence : all->sequence;
    }
}

void
ozi_slices_set_watermark(ozi_slices *slices, int64_t watermark_ns, int64_t grace_ns)
{
    ozi_progress *progress = ozi_slices_progress(slices);
    if (watermark_ns > progress->watermark_ns) {
        progress->watermark_ns = watermark_ns;
    }
    slices->closed = ozi_window_closed(&slices->windows, progress->watermark_ns, grace_ns);
}

int64_t
ozi_slices_watermark(const ozi_slices *slices)
{
    return ozi_slices_progress(slices)->watermark_ns;
}

/* ---- rows ------------------------------------------------------------------------------------ */

typedef struct place {
    ozi_span span;
    int64_t number;
} place;

/* The rows of a batch on their way into slices. */
typedef struct adder {
    const ozi_slices *slices;
    const oz_batch *batch;
    const int64_t *times;
    const int64_t *integers; /* the values, when they are INT64 and to be added up; or NULL */
    ozi_progress *progress;
    place now;    /* the slice of the row before, */
    place before; /* and that of the rows before those */
} adder;

static inline bool
is_in_span(const adder *on, int64_t row)
{
    return on->times[row] >= on->now.span.begin && on->times[row] < on->now.span.end;
}

/* Rows out of order go to and fro between two slices more often than not. */
static void
find_place(adder *on, int64_t row)
{
    place last = on->now;
    on->now = on->before;
    on->before = last;
    if (!is_in_span(on, row)) {
        on->now.number = ozi_slice_at(&on->slices->windows, on->times[row]);
        on->now.span = ozi_slice_span(&on->slices->windows, on->now.number);
    }
}

/* The row is one more of the slice `into`, which lies in `table` or will. */
static oz_status
add_value(const adder *on, oz_table *table, ozi_slice *into, int64_t row)
{
    oz_scalar value;
    oz_error *error = oz_context_error(on->slices->node);
    if (on->slices->kind == OZI_SLICE_COUNT) {
        into->row_count++;
        return OZ_OK;
    }
    if (on->integers != NULL && into->value.kind == OZ_SCALAR_INT64 &&
        !__builtin_add_overflow(into->value.as.int64, on->integers[row], &value.as.int64)) {
        into->value.as.int64 = value.as.int64;
        into->row_count++;
        return OZ_OK;
    }
    OZ_TRY(ozi_row_scalar(on->batch, row, &value, error));
    OZ_TRY(ozi_slice_combine(on->slices, table, into, &value, error));
    into->row_count++;
    return OZ_OK;
}

/* A slice that is about to get its first row: its place in the order of all. */
static int64_t
next_place(const adder *on)
{
    int64_t due = ozi_window_first(&on->slices->windows, on->now.number);
    due = due > on->progress->done ? due : on->progress->done + 1;
    if (due < on->progress->next_due) {
        on->progress->next_due = due;
    }
    return ++on->progress->sequence * 2;
}

/* Moves the newest slice of a key to the older ones. */
static oz_status
push_older(const adder *on, const ozi_slice_key *key, ozi_slice *newest)
{
    void *value;
    bool is_new;
    oz_table *older = ozi_slices_table(on->slices, OZI_OLDER);
    oz_key number = ozi_key_of_int64(newest->number, OZI_KEY_SHOW_INT);
    OZ_TRY(oz_map_put(older, &key->key, key->hash, &number, &value, &is_new));
    ozi_slice *moved = value;
    oz_status status = oz_scalar_assign(older, &moved->value, &newest->value);
    if (status != OZ_OK) {
        oz_map_remove(older, &key->key, key->hash, &number);
        return status;
    }
    moved->row_count = newest->row_count;
    moved->number = newest->number;
    moved->first = newest->first & ~INT64_C(1);
    ozi_slice_clear(ozi_slices_table(on->slices, OZI_NEWEST), &newest->value);
    return OZ_OK;
}

/* The row is the first of its slice, which is later than the others of its key. */
static oz_status
begin_newest(const adder *on, int64_t row, ozi_slice *newest)
{
    ozi_slice fresh = {.number = on->now.number};
    oz_table *table = ozi_slices_table(on->slices, OZI_NEWEST);
    bool has_older = newest->row_count > 0;
    OZ_TRY(add_value(on, table, &fresh, row));
    if (has_older) {
        ozi_slice_key key = ozi_slice_key_of(on->batch, row);
        oz_status status = push_older(on, &key, newest);
        if (status != OZ_OK) {
            ozi_slice_clear(table, &fresh.value);
            return status;
        }
    }
    fresh.first = next_place(on) + has_older;
    *newest = fresh;
    return OZ_OK;
}

static oz_status
add_older(const adder *on, int64_t row, ozi_slice *newest)
{
    void *value;
    bool is_new;
    oz_table *older = ozi_slices_table(on->slices, OZI_OLDER);
    ozi_slice_key key = ozi_slice_key_of(on->batch, row);
    oz_key number = ozi_key_of_int64(on->now.number, OZI_KEY_SHOW_INT);
    OZ_TRY(oz_map_put(older, &key.key, key.hash, &number, &value, &is_new));
    ozi_slice *into = value;
    oz_status status = add_value(on, older, into, row);
    if (is_new && status != OZ_OK) {
        oz_map_remove(older, &key.key, key.hash, &number);
    } else if (is_new) {
        into->number = on->now.number;
        into->first = next_place(on);
        newest->first |= 1;
    }
    return status;
}

/* A row that is not simply one more of the newest slice of its key. */
static oz_status
add_slowly(adder *on, int64_t row, ozi_slice *newest)
{
    if (!is_in_span(on, row)) {
        find_place(on, row);
    }
    if (newest->row_count == 0 || on->now.number > newest->number) {
        return begin_newest(on, row, newest);
    }
    if (on->now.number < newest->number) {
        return add_older(on, row, newest);
    }
    return add_value(on, ozi_slices_table(on->slices, OZI_NEWEST), newest, row);
}

static inline bool
is_one_more(const adder *on, int64_t row, const ozi_slice *newest)
{
    return is_in_span(on, row) && newest->number == on->now.number && newest->row_count > 0;
}

static inline oz_status
update_count(void *context, int64_t row, void *value, bool is_new)
{
    (void)is_new;
    ozi_slice *newest = value;
    if (OZI_LIKELY(is_one_more(context, row, newest))) {
        newest->row_count++;
        return OZ_OK;
    }
    return add_slowly(context, row, newest);
}

static inline oz_status
update_value(void *context, int64_t row, void *value, bool is_new)
{
    (void)is_new;
    adder *on = context;
    if (OZI_LIKELY(is_one_more(on, row, value))) {
        return add_value(on, ozi_slices_table(on->slices, OZI_NEWEST), value, row);
    }
    return add_slowly(on, row, value);
}

/* Rows without a key. */
static oz_status
add_single(adder *on, int64_t *row, int64_t end)
{
    ozi_slice *newest = ozi_slices_single(on->slices);
    oz_status status = OZ_OK;
    while (*row < end && status == OZ_OK) {
        status = update_value(on, *row, newest, false);
        *row += status == OZ_OK;
    }
    return status;
}

/* An entry that was made for a row which then could not be taken. */
static void
drop_new_entry(const adder *on, int64_t row)
{
    ozi_slice_key key = ozi_slice_key_of(on->batch, row);
    const ozi_slice *newest = ozi_slices_newest(on->slices, &key);
    if (key.is_keyed && newest != NULL && newest->row_count == 0) {
        oz_table_remove(ozi_slices_table(on->slices, OZI_NEWEST), &key.key, key.hash);
    }
}

static adder
adder_of(const ozi_slices *slices, const oz_batch *batch)
{
    const oz_column *column = batch->columns[0];
    bool adds = slices->kind == OZI_SLICE_SUM || slices->kind == OZI_SLICE_MEAN;
    adder on = {.slices = slices,
                .batch = batch,
                .times = batch->rows->times,
                .progress = ozi_slices_progress(slices)};
    if (adds && batch->column_count == 1 && column->type == OZ_INT64 && column->validity == NULL) {
        on.integers = column->values;
    }
    return on;
}

oz_status
ozi_slices_add(const ozi_slices *slices, const oz_batch *batch, int64_t begin, int64_t end,
               int64_t *done)
{
    const oz_rows *rows = batch->rows;
    oz_table *table = ozi_slices_table(slices, OZI_NEWEST);
    adder on = adder_of(slices, batch);
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
