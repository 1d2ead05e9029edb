/*
 * LIST tables: key -> deque of scalars. The value of an entry is a ring of scalars that owns what
 * they hold; a key whose list is empty has no entry.
 *
 *     slots  | d | e |   |   | a | b | c |    head 4, length 5, room 8 (a power of two)
 *                              ^ head
 */
#include <assert.h>

#include "state/table.h"

typedef struct ring {
    oz_scalar *slots;
    uint32_t head;
    uint32_t length;
    uint32_t room;
} ring;

enum { RING_MIN = 2 };
static const uint32_t ring_max = UINT32_C(1) << 31;

_Static_assert(sizeof(ring) <= OZI_VALUE_MAX,
               "the value of a LIST fits where values are put aside");

static oz_scalar *
ring_at(const ring *list, uint32_t index)
{
    return &list->slots[(list->head + index) & (list->room - 1)];
}

/* Moves the ring to memory for `room` scalars. */
static oz_status
ring_resize(ring *list, ozi_pool *pool, uint32_t room)
{
    oz_scalar *slots = ozi_pool_new(pool, room * sizeof *slots);
    if (slots == NULL) {
        return OZ_NO_MEMORY;
    }
    for (uint32_t i = 0; i < list->length; i++) {
        slots[i] = *ring_at(list, i);
    }
    ozi_pool_free(pool, list->slots, list->room * sizeof *slots);
    list->slots = slots;
    list->head = 0;
    list->room = room;
    return OZ_OK;
}

static oz_status
ring_push(ring *list, ozi_pool *pool, const oz_scalar *owned)
{
    if (list->length == list->room) {
        if (list->room == ring_max) {
            return OZ_FULL;
        }
        OZ_TRY(ring_resize(list, pool, list->room == 0 ? RING_MIN : list->room * 2));
    }
    list->length++;
    *ring_at(list, list->length - 1) = *owned;
    return OZ_OK;
}

static oz_scalar
ring_pop(ring *list, ozi_pool *pool)
{
    oz_scalar front = *ring_at(list, 0);
    list->head = (list->head + 1) & (list->room - 1);
    list->length--;
    if (list->room > 8 * RING_MIN && list->length < list->room / 8) {
        (void)!ring_resize(list, pool, list->room / 4); /* without memory it stays as it was */
    }
    return front;
}

/* ---- the kind -------------------------------------------------------------------------------- */

static void
release_list(oz_table *table, void *value)
{
    ring *list = value;
    for (uint32_t i = 0; i < list->length; i++) {
        ozi_scalar_disown(&table->owner, ring_at(list, i));
    }
    ozi_pool_free(&table->owner.pool, list->slots, list->room * sizeof *list->slots);
}

static int
visit_list(oz_table *table, void *value, oz_object_visit visit, void *context)
{
    (void)table;
    const ring *list = value;
    int stop = 0;
    for (uint32_t i = 0; i < list->length && stop == 0; i++) {
        const oz_scalar *scalar = ring_at(list, i);
        stop = scalar->kind == OZ_SCALAR_OBJECT ? visit(scalar->as.object, context) : 0;
    }
    return stop;
}

static bool
check_list(oz_table *table, void *value)
{
    (void)table;
    const ring *list = value;
    for (uint32_t i = 0; i < list->length; i++) {
        if (ring_at(list, i)->kind > OZ_SCALAR_OBJECT) {
            return false;
        }
    }
    return list->length > 0 && list->length <= list->room && list->head < list->room &&
           (list->room & (list->room - 1)) == 0;
}

static void
save_list(oz_table *table, const void *value, ozi_pack *pack)
{
    const ring *list = value;
    ozi_pack_u32(pack, list->length);
    for (uint32_t i = 0; i < list->length; i++) {
        ozi_pack_scalar(pack, ring_at(list, i), table->owner.objects);
    }
}

static oz_status
load_item(oz_table *table, ring *list, ozi_load *load)
{
    oz_scalar scalar;
    oz_scalar owned;
    ozi_unpack_scalar(load->from, table->owner.objects, &load->text, &scalar);
    OZ_TRY(load->from->status);
    oz_status status = ozi_scalar_own(&table->owner, &scalar, &owned);
    if (scalar.kind == OZ_SCALAR_OBJECT) {
        table->owner.objects->release(scalar.as.object);
    }
    OZ_TRY(status);
    status = ring_push(list, &table->owner.pool, &owned);
    if (status != OZ_OK) {
        ozi_scalar_disown(&table->owner, &owned);
    }
    return status;
}

static void
load_list(oz_table *table, void *value, ozi_load *load)
{
    uint32_t length = ozi_unpack_u32(load->from);
    if (length == 0) {
        ozi_unpack_fail(load->from, OZ_CORRUPT); /* such a key has no entry */
    }
    for (uint32_t i = 0; i < length && load->from->status == OZ_OK; i++) {
        ozi_unpack_fail(load->from, load_item(table, value, load));
    }
}

const ozi_kind ozi_kind_list = {.value_size = sizeof(ring),
                                .release = release_list,
                                .visit = visit_list,
                                .check = check_list,
                                .save = save_list,
                                .load = load_list};

/* ---- the functions of table.h
 * -------------------------------------------------------------------- */

static ring *
look_up(oz_table *table, const oz_key *key, uint64_t hash)
{
    assert(table->public_kind == OZ_TABLE_LIST);
    return ozi_table_look_up(table, key, hash);
}

static const ring *
peek(const oz_table *table, const oz_key *key, uint64_t hash)
{
    assert(table->public_kind == OZ_TABLE_LIST);
    return ozi_table_peek(table, key, hash);
}

static oz_status
push_owned(oz_table *table, const oz_key *key, uint64_t hash, const oz_scalar *owned)
{
    void *value;
    bool is_new;
    OZ_TRY(ozi_table_put(table, key, hash, &value, &is_new));
    oz_status status = ring_push(value, &table->owner.pool, owned);
    if (status != OZ_OK && is_new) {
        ozi_table_take_out(table, key, hash);
    }
    return status;
}

oz_status
oz_list_push(oz_table *table, const oz_key *key, uint64_t hash, const oz_scalar *value)
{
    assert(table->public_kind == OZ_TABLE_LIST);
    oz_scalar owned;
    OZ_TRY(ozi_scalar_own(&table->owner, value, &owned));
    oz_status status = push_owned(table, key, hash, &owned);
    if (status != OZ_OK) {
        ozi_scalar_disown(&table->owner, &owned);
    }
    return status;
}

bool
oz_list_at(oz_table *table, const oz_key *key, uint64_t hash, int64_t index, oz_scalar *out)
{
    const ring *list = peek(table, key, hash);
    if (list == NULL || index < 0 || index >= list->length) {
        return false;
    }
    *out = *ring_at(list, (uint32_t)index);
    return true;
}

bool
oz_list_front(oz_table *table, const oz_key *key, uint64_t hash, oz_scalar *out)
{
    return oz_list_at(table, key, hash, 0, out);
}

void
oz_list_pop(oz_table *table, const oz_key *key, uint64_t hash, int64_t count)
{
    /* Each time anew: letting go of an object may run code that uses this table. */
    for (ring *list; count > 0 && (list = look_up(table, key, hash)) != NULL; count--) {
        oz_scalar front = ring_pop(list, &table->owner.pool);
        if (list->length == 0) {
            ozi_table_take_out(table, key, hash);
        }
        ozi_scalar_disown(&table->owner, &front);
    }
    ozi_table_forget_pool(table);
}

int64_t
oz_list_length(oz_table *table, const oz_key *key, uint64_t hash)
{
    const ring *list = peek(table, key, hash);
    return list == NULL ? 0 : list->length;
}
