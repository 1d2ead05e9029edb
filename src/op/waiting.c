/* Lists of batches that wait inside the dispatcher: input of a busy node, output of a held one. */
#include "op/context.h"

oz_status
ozi_waiting_push(oz_context *node, ozi_waiting_list *list, const oz_batch *batch, int64_t row,
                 uint32_t edge, uint32_t output)
{
    const oz_alloc *alloc = node->engine->alloc;
    ozi_waiting *waiting = ozi_alloc_new(alloc, sizeof *waiting);
    if (waiting == NULL) {
        return OZ_NO_MEMORY;
    }
    *waiting = (ozi_waiting){.row = row, .edge = edge, .output = output};
    waiting->batch = oz_batch_retain(batch);
    if (waiting->batch == NULL) {
        ozi_alloc_free(alloc, waiting, sizeof *waiting);
        return OZ_NO_MEMORY;
    }
    if (list->first == NULL) {
        list->last = &list->first;
    }
    *list->last = waiting;
    list->last = &waiting->next;
    list->rows += batch->row_count - row;
    return OZ_OK;
}

oz_status
ozi_waiting_push_front(oz_context *node, ozi_waiting_list *list, const oz_batch *batch,
                       uint32_t output, uint32_t target)
{
    ozi_waiting_list front = {.first = NULL};
    OZ_TRY(ozi_waiting_push(node, &front, batch, 0, 0, output));
    front.first->target = target;
    front.first->next = list->first;
    if (list->first == NULL) {
        list->last = &front.first->next;
    }
    list->first = front.first;
    list->rows += batch->row_count;
    return OZ_OK;
}

ozi_waiting *
ozi_waiting_pop(ozi_waiting_list *list)
{
    ozi_waiting *waiting = list->first;
    if (waiting != NULL) {
        list->first = waiting->next;
        list->rows -= waiting->batch->row_count - waiting->row;
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
