#include "op/positions.h"

#include "base/alloc.h"

struct ozi_position {
    ozi_position *next;
    int64_t position;
    size_t size;
    char name[];
};

oz_status
ozi_positions_add(oz_context *node, const char *name, int64_t position)
{
    size_t size = sizeof(ozi_position) + strlen(name) + 1;
    ozi_position *added = ozi_alloc_new(node->engine->alloc, size);
    if (added == NULL) {
        return OZ_NO_MEMORY;
    }
    *added = (ozi_position){.next = node->positions, .position = position, .size = size};
    memcpy(added->name, name, strlen(name) + 1);
    node->positions = added;
    return OZ_OK;
}

int64_t
ozi_positions_take(oz_context *node, const char *name)
{
    ozi_position **link = &node->positions;
    while (*link != NULL && strcmp((*link)->name, name) != 0) {
        link = &(*link)->next;
    }
    ozi_position *found = *link;
    if (found == NULL) {
        return -1;
    }
    int64_t position = found->position;
    *link = found->next;
    ozi_alloc_free(node->engine->alloc, found, found->size);
    return position;
}

const char *
ozi_positions_left(const oz_context *node)
{
    return node->positions == NULL ? NULL : node->positions->name;
}

void
ozi_positions_clear(oz_context *node)
{
    while (node->positions != NULL) {
        ozi_position *gone = node->positions;
        node->positions = gone->next;
        ozi_alloc_free(node->engine->alloc, gone, gone->size);
    }
}

oz_status
ozi_partitions_of(oz_context *node, uint32_t *count)
{
    const oz_source_verbs *source = node->op->source;
    *count = 1;
    return source->partitions == NULL ? OZ_OK : source->partitions(node->state, node, count);
}
