/*
 * QUEUE tables: batches in the order they came, each with the time when it is due, and watermarks
 * among them. The value of the table is a ring of them; of the front batch a part may have left
 * already.
 *
 *     front                 back
 *     | ....xxxxxxxx | xxxxxx | xxxxxxxxxxx |
 *      ^ begin
 */
#include <assert.h>

#include "batch/batch.h"
#include "state/table.h"

typedef struct item {
    const oz_batch *batch; /* NULL: a watermark */
    int64_t due_ns;        /* or the time of the watermark */
} item;

typedef struct queue {
    item *items;
    uint32_t head;
    uint32_t length;
    uint32_t room; /* a power of two, or 0 */
    int64_t begin; /* rows of the front batch that have left */
} queue;

enum { QUEUE_MIN = 4 };
static const uint32_t queue_max = UINT32_C(1) << 31;

_Static_assert(sizeof(queue) <= OZI_VALUE_MAX, "a QUEUE fits where values are put aside");

static item *
item_at(const queue *waiting, uint32_t index)
{
    return &waiting->items[(waiting->head + index) & (waiting->room - 1)];
}

static oz_status
resize(queue *waiting, ozi_pool *pool, uint32_t room)
{
    item *items = ozi_pool_new(pool, room * sizeof *items);
    if (items == NULL) {
        return OZ_NO_MEMORY;
    }
    for (uint32_t i = 0; i < waiting->length; i++) {
        items[i] = *item_at(waiting, i);
    }
    ozi_pool_free(pool, waiting->items, waiting->room * sizeof *items);
    waiting->items = items;
    waiting->head = 0;
    waiting->room = room;
    return OZ_OK;
}

/* Takes the front batch out, for the caller to release. */
static const oz_batch *
shift(queue *waiting, ozi_pool *pool)
{
    const oz_batch *batch = item_at(waiting, 0)->batch;
    waiting->head = (waiting->head + 1) & (waiting->room - 1);
    waiting->length--;
    waiting->begin = 0;
    if (waiting->room > 8 * QUEUE_MIN && waiting->length < waiting->room / 8) {
        (void)!resize(waiting, pool, waiting->room / 4); /* without memory it stays as it was */
    }
    return batch;
}

/* ---- the kind -------------------------------------------------------------------------------- */

static void
release_queue(oz_table *table, void *value)
{
    queue *waiting = value;
    for (uint32_t i = 0; i < waiting->length; i++) {
        oz_batch_release(&item_at(waiting, i)->batch);
    }
    ozi_pool_free(&table->owner.pool, waiting->items, waiting->room * sizeof *waiting->items);
}

static int
visit_queue(oz_table *table, void *value, oz_object_visit visit, void *context)
{
    (void)table;
    const queue *waiting = value;
    int stop = 0;
    for (uint32_t i = 0; i < waiting->length; i++) {
        stop = stop != 0 ? stop : ozi_batch_visit(item_at(waiting, i)->batch, visit, context);
    }
    return stop;
}

static bool
check_queue(oz_table *table, void *value)
{
    const queue *waiting = value;
    int64_t rows = -waiting->begin;
    for (uint32_t i = 0; i < waiting->length; i++) {
        const oz_batch *batch = item_at(waiting, i)->batch;
        if (batch != NULL && (batch->references == OZ_ON_STACK || batch->row_count <= 0)) {
            return false;
        }
        rows += batch == NULL ? 0 : batch->row_count;
    }
    const oz_batch *first = waiting->length == 0 ? NULL : item_at(waiting, 0)->batch;
    bool front = first == NULL ? waiting->begin == 0 : waiting->begin < first->row_count;
    return front && rows == table->count && waiting->length <= waiting->room &&
           (waiting->room & (waiting->room - 1)) == 0;
}

/* Of the front batch only the rows that have not left. */
static void
save_batch(const queue *waiting, uint32_t index, ozi_pack *pack)
{
    const oz_batch *batch = item_at(waiting, index)->batch;
    const oz_batch *left = NULL;
    if (index > 0 || waiting->begin == 0) {
        ozi_pack_batch(pack, batch);
        return;
    }
    ozi_pack_fail(pack, oz_batch_slice(batch, waiting->begin, batch->row_count, &left));
    if (left != NULL) {
        ozi_pack_batch(pack, left);
    }
    oz_batch_release(&left);
}

static void
save_queue(oz_table *table, const void *value, ozi_pack *pack)
{
    (void)table;
    const queue *waiting = value;
    ozi_pack_u32(pack, waiting->length);
    for (uint32_t i = 0; i < waiting->length; i++) {
        const item *saved = item_at(waiting, i);
        ozi_pack_u8(pack, saved->batch != NULL);
        ozi_pack_i64(pack, saved->due_ns);
        if (saved->batch != NULL) {
            save_batch(waiting, i, pack);
        }
    }
}

static oz_status
append(oz_table *table, item at);

static void
load_queue(oz_table *table, void *value, ozi_load *load)
{
    (void)value;
    uint32_t length = ozi_unpack_u32(load->from);
    for (uint32_t i = 0; i < length && load->from->status == OZ_OK; i++) {
        bool is_batch = ozi_unpack_u8(load->from) != 0;
        item loaded = {.due_ns = ozi_unpack_i64(load->from)};
        loaded.batch = is_batch ? ozi_unpack_batch(load->from, table->owner.objects) : NULL;
        int64_t rows = loaded.batch == NULL ? 0 : loaded.batch->row_count;
        if (load->from->status == OZ_OK) {
            ozi_unpack_fail(load->from, is_batch && rows == 0 ? OZ_CORRUPT : append(table, loaded));
        }
        if (load->from->status != OZ_OK) {
            oz_batch_release(&loaded.batch);
            return;
        }
        table->count += rows;
    }
}

const ozi_kind ozi_kind_queue = {.value_size = sizeof(queue),
                                 .has_single = true,
                                 .release = release_queue,
                                 .visit = visit_queue,
                                 .check = check_queue,
                                 .save = save_queue,
                                 .load = load_queue};

/* ---- the functions of table.h ---------------------------------------------------------------- */

static queue *
queue_of(const oz_table *table)
{
    assert(table->public_kind == OZ_TABLE_QUEUE);
    return table->single;
}

/* Appends `at`, whose batch is taken when this succeeds. */
static oz_status
append(oz_table *table, item at)
{
    queue *waiting = queue_of(table);
    if (waiting->length == waiting->room) {
        if (waiting->room == queue_max) {
            return OZ_FULL;
        }
        OZ_TRY(resize(waiting, &table->owner.pool,
                      waiting->room == 0 ? QUEUE_MIN : waiting->room * 2));
    }
    waiting->length++;
    *item_at(waiting, waiting->length - 1) = at;
    return OZ_OK;
}

oz_status
oz_queue_push(oz_table *table, const oz_batch *batch, int64_t due_ns)
{
    if (batch->row_count == 0) {
        return OZ_OK;
    }
    const oz_batch *held = oz_batch_retain(batch);
    if (held == NULL) {
        return OZ_NO_MEMORY;
    }
    oz_status status = append(table, (item){.batch = held, .due_ns = due_ns});
    if (status != OZ_OK) {
        oz_batch_release(&held);
        return status;
    }
    table->count += batch->row_count;
    return OZ_OK;
}

oz_status
oz_queue_push_watermark(oz_table *table, int64_t time_ns)
{
    queue *waiting = queue_of(table);
    item *last = waiting->length == 0 ? NULL : item_at(waiting, waiting->length - 1);
    if (last == NULL || last->batch != NULL) {
        return append(table, (item){.due_ns = time_ns});
    }
    last->due_ns = time_ns;
    return OZ_OK;
}

bool
oz_queue_pop_watermark(oz_table *table, int64_t *time_ns)
{
    queue *waiting = queue_of(table);
    if (waiting->length == 0 || item_at(waiting, 0)->batch != NULL) {
        return false;
    }
    *time_ns = item_at(waiting, 0)->due_ns;
    (void)shift(waiting, &table->owner.pool);
    return true;
}

oz_status
oz_queue_pop(oz_table *table, int64_t rows, const oz_batch **out)
{
    queue *waiting = queue_of(table);
    *out = NULL;
    if (waiting->length == 0 || rows <= 0) {
        return OZ_OK;
    }
    const oz_batch *front = item_at(waiting, 0)->batch;
    assert(front != NULL); /* a watermark leaves with the row before it */
    int64_t begin = waiting->begin;
    int64_t left = front->row_count - begin;
    rows = rows < left ? rows : left;
    bool whole = rows == front->row_count;
    if (!whole) {
        OZ_TRY(oz_batch_slice(front, begin, begin + rows, out));
    }
    table->count -= rows;
    waiting->begin += rows;
    if (rows == left) {
        front = shift(waiting, &table->owner.pool);
        if (whole) {
            *out = front;
        } else {
            oz_batch_release(&front);
        }
    }
    return OZ_OK;
}

bool
oz_queue_due(const oz_table *table, int64_t *due_ns)
{
    const queue *waiting = queue_of(table);
    if (waiting->length == 0) {
        return false;
    }
    *due_ns = item_at(waiting, 0)->due_ns;
    return true;
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* Appends those rows of `batch` that belong to the part. */
static oz_status
push_part(oz_table *table, const oz_batch *batch, int64_t due_ns, const ozi_part *part)
{
    const uint64_t *hashes = batch->rows == NULL ? NULL : batch->rows->hashes;
    if (hashes == NULL) {
        bool is_mine = part->file % part->owners->workers == part->worker;
        return is_mine ? oz_queue_push(table, batch, due_ns) : OZ_OK;
    }
    size_t size = (size_t)batch->row_count * sizeof(int32_t);
    int32_t *indices = ozi_alloc_new(table->alloc, size);
    if (indices == NULL) {
        return OZ_NO_MEMORY;
    }
    int64_t count = 0;
    for (int64_t row = 0; row < batch->row_count; row++) {
        indices[count] = (int32_t)row;
        count += ozi_part_has(part, hashes[row]);
    }
    const oz_batch *taken = NULL;
    oz_status status = count == 0 ? OZ_OK : oz_batch_take(batch, indices, count, &taken);
    if (taken != NULL) {
        status = oz_queue_push(table, taken, due_ns);
    }
    oz_batch_release(&taken);
    ozi_alloc_free(table->alloc, indices, size);
    return status;
}

oz_status
ozi_queue_take_part(oz_table *table, oz_table *from, const ozi_part *part)
{
    int64_t due_ns;
    int64_t time_ns;
    while (oz_queue_due(from, &due_ns)) {
        const oz_batch *batch = NULL;
        if (oz_queue_pop_watermark(from, &time_ns)) {
            continue;
        }
        OZ_TRY(oz_queue_pop(from, INT64_MAX, &batch));
        oz_status status = push_part(table, batch, due_ns, part);
        oz_batch_release(&batch);
        OZ_TRY(status);
    }
    return OZ_OK;
}
