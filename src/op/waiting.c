/* Lists of batches that wait inside the dispatcher: input of a busy node, output of a held one. */
#include "op/context.h"

static int64_t
rows_of(const ozi_waiting *waiting)
{
    return waiting->batch == NULL ? 0 : waiting->batch->row_count - waiting->row;
}

static ozi_waiting *
make(oz_context *node, const oz_batch *batch)
{
    const oz_alloc *alloc = node->engine->alloc;
    ozi_waiting *waiting = ozi_alloc_zero(alloc, sizeof *waiting);
    if (waiting == NULL || batch == NULL) {
        return waiting;
    }
    waiting->batch = oz_batch_retain(batch);
    if (waiting->batch == NULL) {
        ozi_alloc_free(alloc, waiting, sizeof *waiting);
        return NULL;
    }
    return waiting;
}

static void
append(ozi_waiting_list *list, ozi_waiting *waiting)
{
    if (list->first == NULL) {
        list->first = waiting;
    } else {
        list->last->next = waiting;
    }
    list->last = waiting;
    list->rows += rows_of(waiting);
}

oz_status
ozi_waiting_push(oz_context *node, ozi_waiting_list *list, const oz_batch *batch, int64_t row,
                 uint32_t edge, uint32_t output)
{
    ozi_waiting *waiting = make(node, batch);
    if (waiting == NULL) {
        return OZ_NO_MEMORY;
    }
    waiting->row = row;
    waiting->edge = edge;
    waiting->output = output;
    append(list, waiting);
    return OZ_OK;
}

oz_status
ozi_waiting_push_front(oz_context *node, ozi_waiting_list *list, const oz_batch *batch,
                       int64_t time_ns, uint32_t output, uint32_t target)
{
    ozi_waiting *waiting = make(node, batch);
    if (waiting == NULL) {
        return OZ_NO_MEMORY;
    }
    waiting->time_ns = time_ns;
    waiting->output = output;
    waiting->target = target;
    waiting->next = list->first;
    list->last = list->first == NULL ? waiting : list->last;
    list->first = waiting;
    list->rows += rows_of(waiting);
    return OZ_OK;
}

oz_status
ozi_waiting_push_mark(oz_context *node, ozi_waiting_list *list, uint32_t edge, int64_t time_ns)
{
    bool is_there = list->first != NULL && list->last->batch == NULL && list->last->edge == edge &&
                    list->last->output == 0 && list->last->target == 0;
    ozi_waiting *waiting = is_there ? list->last : make(node, NULL);
    if (waiting == NULL) {
        return OZ_NO_MEMORY;
    }
    waiting->time_ns = time_ns;
    waiting->edge = edge;
    if (!is_there) {
        append(list, waiting);
    }
    return OZ_OK;
}

ozi_waiting *
ozi_waiting_pop(ozi_waiting_list *list)
{
    ozi_waiting *waiting = list->first;
    if (waiting != NULL) {
        list->first = waiting->next;
        list->rows -= rows_of(waiting);
        waiting->next = NULL;
    }
    return waiting;
}

void
ozi_waiting_free(oz_context *node, ozi_waiting **waiting)
{
    oz_batch_release(&(*waiting)->batch);
    ozi_alloc_free(node->engine->alloc, *waiting, sizeof **waiting);
    *waiting = NULL;
}

void
ozi_waiting_clear(oz_context *node, ozi_waiting_list *list)
{
    for (ozi_waiting *waiting = ozi_waiting_pop(list); waiting != NULL;
         waiting = ozi_waiting_pop(list)) {
        ozi_waiting_free(node, &waiting);
    }
}
