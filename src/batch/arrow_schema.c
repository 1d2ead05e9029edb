/*
 * Schemas out. The private data of a schema is one block with its name and its children:
 *
 *     +-------------------+----------+----------+------+
 *     | alloc, size       | pointers | children | name |
 *     +-------------------+----------+----------+------+
 */
#include <stdio.h>

#include "base/alloc.h"
#include "batch/arrow_write.h"

typedef struct schema_block {
    const oz_alloc *alloc;
    size_t size;
    struct ArrowSchema *pointers[];
} schema_block;

static void
schema_release(struct ArrowSchema *schema)
{
    schema_block *block = schema->private_data;
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL) {
            schema->children[i]->release(schema->children[i]);
        }
    }
    schema->release = NULL;
    ozi_alloc_free(block->alloc, block, block->size);
}

static const char *
format_of(const ozi_arrow_block *array)
{
    static const char *const formats[OZ_TYPE_COUNT] = {
        [OZ_ANY] = "n",     [OZ_BOOL] = "b",   [OZ_INT64] = "l", [OZ_FLOAT64] = "g",
        [OZ_TIME] = "tsn:", [OZ_STRING] = "U", [OZ_BYTES] = "Z", [OZ_LIST] = "+L",
        [OZ_STRUCT] = "+s", [OZ_OBJECT] = "n",
    };
    return array->column == NULL ? "+s" : formats[array->column->type];
}

/* A schema whose children are still empty, `count` of them. */
static oz_status
schema_new(const ozi_arrow_block *array, const char *name, int64_t count, struct ArrowSchema *out)
{
    size_t children = (size_t)count;
    size_t name_bytes = strlen(name) + 1;
    size_t size = sizeof(schema_block) +
                  children * (sizeof(struct ArrowSchema *) + sizeof(struct ArrowSchema)) +
                  name_bytes;
    schema_block *block = ozi_alloc_zero(array->alloc, size);
    if (block == NULL) {
        return OZ_NO_MEMORY;
    }
    block->alloc = array->alloc;
    block->size = size;
    struct ArrowSchema *structs = (struct ArrowSchema *)(void *)(block->pointers + children);
    for (size_t i = 0; i < children; i++) {
        block->pointers[i] = &structs[i];
    }
    char *text = (char *)(structs + children);
    memcpy(text, name, name_bytes);
    *out = (struct ArrowSchema){.format = format_of(array),
                                .name = text,
                                .flags = ARROW_FLAG_NULLABLE,
                                .n_children = count,
                                .children = count == 0 ? NULL : block->pointers,
                                .release = schema_release,
                                .private_data = block};
    return OZ_OK;
}

/* The name of a child; one that has none gets a name by its place, in `buffer`. */
static const char *
child_name(const ozi_arrow_block *array, uint32_t index, char *buffer, size_t capacity)
{
    if (array->column != NULL && array->column->type == OZ_LIST) {
        return "item";
    }
    const char *const *names =
        array->column == NULL ? array->batch->names : array->column->child_names;
    if (names != NULL) {
        return names[index];
    }
    if (array->batch != NULL && array->batch->column_count == 1) {
        return "value";
    }
    (void)snprintf(buffer, capacity, "%s_%u", array->column == NULL ? "column" : "field", index);
    return buffer;
}

oz_status
ozi_arrow_schema_of(const struct ArrowArray *array, const char *name, struct ArrowSchema *out)
{
    const ozi_arrow_block *block = array->private_data;
    OZ_TRY(schema_new(block, name, array->n_children, out));
    for (int64_t i = 0; i < array->n_children; i++) {
        char buffer[32];
        const char *text = child_name(block, (uint32_t)i, buffer, sizeof(buffer));
        oz_status status = ozi_arrow_schema_of(array->children[i], text, out->children[i]);
        if (status != OZ_OK) {
            out->release(out);
            return status;
        }
    }
    return OZ_OK;
}
