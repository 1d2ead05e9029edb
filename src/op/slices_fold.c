/* Slices: the arithmetic of aggregates, and windows as folds over slices. */
#include "op/number.h"
#include "op/slices_inside.h"
#include "state/table.h"

/* ---- arithmetic ------------------------------------------------------------------------------ */

static oz_status
keep_better(const ozi_slices *slices, oz_table *table, ozi_slice *into, const oz_scalar *value,
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

static oz_status
add_number(const ozi_slices *slices, oz_table *table, ozi_slice *into, const oz_scalar *value,
           oz_error *error)
{
    double number;
    if (!ozi_number_float64(slices->node, value, &number)) {
        return oz_error_set(error, OZ_BAD_RECORD, "it is not a number, and a mean is of numbers");
    }
    return ozi_number_add(slices->node, table, &into->value, value, error);
}

oz_status
ozi_slice_combine(const ozi_slices *slices, oz_table *table, ozi_slice *into,
                  const oz_scalar *value, oz_error *error)
{
    switch (slices->kind) {
    case OZI_SLICE_COUNT:
        return OZ_OK;
    case OZI_SLICE_SUM:
        return ozi_number_add(slices->node, table, &into->value, value, error);
    case OZI_SLICE_MEAN:
        return add_number(slices, table, into, value, error);
    case OZI_SLICE_MIN:
    case OZI_SLICE_MAX:
        return keep_better(slices, table, into, value, error);
    }
    return OZ_INVALID;
}

/* ---- the slices of a key --------------------------------------------------------------------- */

/* Puts a slice at its place: nearly always that is the end. */
static void
insert(ozi_slice_list *list, const ozi_slice *slice)
{
    if (slice->number < list->from || slice->number > list->to || list->is_full) {
        return;
    }
    ozi_slice *place = ozi_vec_push(&list->items);
    list->is_full = place == NULL;
    if (place == NULL) {
        return;
    }
    for (; place > (ozi_slice *)list->items.items && place[-1].number > slice->number; place--) {
        place[0] = place[-1];
    }
    *place = *slice;
}

static bool
insert_older(void *context, const oz_key *number, uint64_t hash, void *value)
{
    (void)number;
    (void)hash;
    insert(context, value);
    return true;
}

oz_status
ozi_slices_list(const ozi_slices *slices, const ozi_slice_key *key, const ozi_slice *newest,
                ozi_slice_list *list)
{
    ozi_vec_clear(&list->items);
    if (ozi_slice_has_older(newest)) {
        oz_map_scan(ozi_slices_table(slices, OZI_OLDER), &key->key, key->hash, insert_older, list);
    }
    insert(list, newest);
    return list->is_full ? OZ_NO_MEMORY : OZ_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

static oz_status
append_result(const ozi_slices *slices, const ozi_slice *total, oz_builder *results)
{
    double mean;
    switch (slices->kind) {
    case OZI_SLICE_COUNT:
        return oz_builder_append_int64(results, total->row_count);
    case OZI_SLICE_MEAN:
        if (!ozi_number_mean(slices->node, &total->value, total->row_count, &mean)) {
            return oz_error_set(oz_context_error(slices->node), OZ_INVALID,
                                "the sum of a window is not a real number");
        }
        return oz_builder_append_float64(results, mean);
    default:
        return oz_builder_append(results, &total->value);
    }
}

/* Several slices become one, in the order of time. */
static oz_status
fold(const ozi_slices *slices, const ozi_slice_list *list, ozi_slice *total)
{
    oz_table *table = ozi_slices_table(slices, OZI_NEWEST);
    oz_error *error = oz_context_error(slices->node);
    const ozi_slice *items = list->items.items;
    oz_status status = oz_scalar_assign(table, &total->value, &items[0].value);
    total->row_count = items[0].row_count;
    for (size_t i = 1; i < list->items.count && status == OZ_OK; i++) {
        status = ozi_slice_combine(slices, table, total, &items[i].value, error);
        total->row_count += items[i].row_count;
    }
    if (status == OZ_BAD_RECORD) {
        error->status = OZ_INVALID; /* no row is to blame */
        status = oz_error_context(error, "the rows of a window do not go together");
    }
    return status;
}

static oz_status
fold_result(const ozi_slices *slices, const ozi_slice_list *list, oz_builder *results)
{
    ozi_slice total = {.row_count = 0};
    oz_status status = fold(slices, list, &total);
    if (status == OZ_OK) {
        status = append_result(slices, &total, results);
    }
    ozi_slice_clear(ozi_slices_table(slices, OZI_NEWEST), &total.value);
    return status;
}

static oz_status
result_of_slices(const ozi_slices *slices, const ozi_slice *newest, const ozi_key_window *of,
                 oz_builder *results)
{
    ozi_span span = ozi_window_span(&slices->windows, of->window);
    ozi_slice_list list = {.from = ozi_slice_at(&slices->windows, span.begin),
                           .to = ozi_slice_at(&slices->windows, span.end - 1)};
    ozi_vec_init(&list.items, slices->node->engine->alloc, sizeof(ozi_slice));
    oz_status status = ozi_slices_list(slices, &of->key, newest, &list);
    if (status == OZ_OK) {
        status = list.items.count == 1 ? append_result(slices, list.items.items, results)
                                       : fold_result(slices, &list, results);
    }
    ozi_vec_free(&list.items);
    return status;
}

oz_status
ozi_slices_result(const ozi_slices *slices, const ozi_key_window *of, oz_builder *results)
{
    if (of->row_count > 0) {
        ozi_slice slice = {.row_count = of->row_count, .value = of->value};
        return append_result(slices, &slice, results);
    }
    const ozi_slice *newest = ozi_slices_newest(slices, &of->key);
    return ozi_slice_has_older(newest) ? result_of_slices(slices, newest, of, results)
                                       : append_result(slices, newest, results);
}

/* ---- memory fetched ahead -------------------------------------------------------------------- */

/* The index first, then the entries: each time several misses are on their way at once. */
void
ozi_slices_fetch(const ozi_slices *slices, const ozi_key_window *due, size_t count)
{
    oz_table *table = ozi_slices_table(slices, OZI_NEWEST);
    for (size_t i = 0; i < count; i++) {
        const ozi_dict *dict = ozi_table_dict(table, due[i].key.hash);
        if (due[i].row_count == 0) {
            __builtin_prefetch(&dict->index[ozi_dict_home(due[i].key.hash, dict->mask)]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (due[i].row_count == 0) {
            __builtin_prefetch(ozi_slices_newest(slices, &due[i].key), 1);
        }
    }
}
