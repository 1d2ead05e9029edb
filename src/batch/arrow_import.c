/* Arrow arrays in: the walk through an array and its children. The readers are in arrow_read.h. */
#include "base/alloc.h"
#include "batch/arrow_read.h"
#include "batch/bits.h"

enum { DEPTH_MAX = 64 };

/* The array that columns point into: released when the last of them is. */
typedef struct lent_array {
    struct ArrowArray array;
    const oz_alloc *alloc;
} lent_array;

static void
release_lent(void *context)
{
    lent_array *lent = context;
    lent->array.release(&lent->array);
    ozi_alloc_free(lent->alloc, lent, sizeof(*lent));
}

/* Takes the array: from now on the only pin of `import` owns it. */
static oz_status
take_array(ozi_arrow_import *import, struct ArrowArray *array, const struct ArrowArray **out)
{
    import->owner.alloc = import->alloc;
    lent_array *lent = ozi_alloc_new(import->alloc, sizeof(*lent));
    oz_buffer *buffer = NULL;
    if (lent != NULL) {
        *lent = (lent_array){*array, import->alloc};
        buffer = oz_buffer_wrap(import->alloc, NULL, 0, release_lent, lent);
    }
    if (buffer == NULL) {
        ozi_alloc_free(import->alloc, lent, sizeof(*lent));
        array->release(array);
        return OZ_NO_MEMORY;
    }
    array->release = NULL;
    *out = &lent->array;
    oz_status status = ozi_pins_add(&import->owner, buffer);
    oz_buffer_release(&buffer);
    return status;
}

/* The validity of the rows: none without NULLs, lent when it begins at a byte, else copied. */
static oz_status
read_validity(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    const struct ArrowArray *array = part->array;
    if (part->format->buffers == 0 || array->null_count == 0 || array->buffers[0] == NULL) {
        return OZ_OK;
    }
    const uint8_t *bits = array->buffers[0];
    if (ozi_bits_count(bits, part->offset, part->length) == part->length) {
        return OZ_OK;
    }
    if ((part->offset & 7) == 0) {
        draft->column.validity = bits + (part->offset >> 3);
        ozi_arrow_lend(part, draft);
        return OZ_OK;
    }
    OZ_TRY(ozi_column_draft_validity(draft, part->length));
    ozi_bits_copy(ozi_column_draft_bits(draft), bits, part->offset, part->length);
    return OZ_OK;
}

/* Does the array have the parts that its format needs? */
static oz_status
check_part(const ozi_arrow_part *part)
{
    const struct ArrowArray *array = part->array;
    const ozi_arrow_format *format = part->format;
    oz_error *error = part->import->error;
    if (format == NULL) {
        return oz_error_set(error, OZ_UNSUPPORTED, "the Arrow format '%s' is not supported",
                            part->schema->format);
    }
    if (part->import->depth > DEPTH_MAX) {
        return oz_error_set(error, OZ_UNSUPPORTED, "nested more than %d deep", DEPTH_MAX);
    }
    if (array->length < 0 || array->offset < 0 || array->n_buffers < format->buffers ||
        array->n_children != part->schema->n_children ||
        (format->buffers > 1 && array->length > 0 && array->buffers[1] == NULL) ||
        (format->children != OZI_ARROW_ANY_CHILDREN && array->n_children != format->children)) {
        return oz_error_set(error, OZ_INVALID, "the Arrow array does not fit its format '%s'",
                            part->schema->format);
    }
    return OZ_OK;
}

/* The names of the fields of a struct, in an array of their own. */
static oz_status
field_names(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    size_t count = (size_t)part->schema->n_children;
    if (part->format->type != OZ_STRUCT || count == 0) {
        return OZ_OK;
    }
    const char **names = ozi_alloc_array(part->import->alloc, count, sizeof(names[0]));
    if (names == NULL) {
        return OZ_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = part->schema->children[i]->name;
        names[i] = name == NULL ? "" : name;
    }
    draft->column.child_names = names;
    return OZ_OK;
}

/* Reads the values, with room for children and names. */
static oz_status
read_part(const ozi_arrow_part *part, const oz_column **out)
{
    const oz_alloc *alloc = part->import->alloc;
    uint32_t count = (uint32_t)part->array->n_children;
    ozi_children children;
    OZ_TRY(ozi_children_open(&children, alloc, count));
    ozi_column_draft draft = {.column = {.type = part->format->type,
                                         .length = part->length,
                                         .alloc = alloc},
                              .children = children.items};
    oz_status status = field_names(part, &draft);
    if (status == OZ_OK) {
        status = read_validity(part, &draft);
    }
    if (status == OZ_OK) {
        status = part->format->read(part, &draft);
    }
    void *names = (void *)(uintptr_t)draft.column.child_names;
    status = ozi_column_seal_if(status, &draft, out);
    ozi_alloc_free(alloc, names, count * sizeof(char *));
    ozi_children_close(&children);
    return status;
}

oz_status
ozi_arrow_read(ozi_arrow_import *import, const struct ArrowSchema *schema,
               const struct ArrowArray *array, int64_t offset, int64_t length,
               const oz_column **out)
{
    ozi_arrow_part part = {.import = import,
                           .schema = schema,
                           .array = array,
                           .format = ozi_arrow_format_find(schema->format),
                           .offset = offset,
                           .length = length};
    import->depth++;
    const oz_column *column = NULL;
    oz_status status = check_part(&part);
    if (status == OZ_OK) {
        status = read_part(&part, &column);
    }
    if (status == OZ_OK && schema->dictionary != NULL) {
        const oz_column *indices = column;
        column = NULL;
        status = ozi_arrow_read_dictionary(&part, indices, &column);
        oz_column_release(&indices);
    }
    import->depth--;
    *out = column;
    return status;
}

/* A struct becomes the columns of a batch, anything else its only column. */
static oz_status
batch_of_column(const oz_column **column, bool record_batch, const oz_batch **out, oz_error *error)
{
    const oz_column *whole = *column;
    if (!record_batch) {
        return oz_batch_new(whole->alloc, column, NULL, 1, NULL, out);
    }
    if (whole->validity != NULL) {
        return oz_error_set(error, OZ_INVALID, "a record batch with rows that are NULL");
    }
    ozi_children columns;
    OZ_TRY(ozi_children_open(&columns, whole->alloc, whole->child_count));
    for (uint32_t i = 0; i < whole->child_count; i++) {
        columns.items[i] = oz_column_retain(whole->children[i]);
    }
    oz_status status = oz_batch_new(whole->alloc, columns.items, whole->child_names,
                                    whole->child_count, NULL, out);
    ozi_children_close(&columns);
    return status;
}

static oz_status
import_taken(ozi_arrow_import *import, const struct ArrowSchema *schema,
             const struct ArrowArray *array, const oz_batch **out)
{
    const oz_column *column = NULL;
    if (array->length > INT32_MAX) {
        return oz_error_set(import->error, OZ_INVALID, "%lld rows in one Arrow array",
                            (long long)array->length);
    }
    OZ_TRY(ozi_arrow_read(import, schema, array, array->offset, array->length, &column));
    bool record_batch = column->type == OZ_STRUCT;
    oz_status status = batch_of_column(&column, record_batch, out, import->error);
    oz_column_release(&column);
    return status;
}

oz_status
oz_batch_import(const oz_alloc *alloc, const struct ArrowSchema *schema, struct ArrowArray *array,
                const oz_batch **out, oz_error *error)
{
    ozi_arrow_import import = {.alloc = alloc, .error = error};
    const struct ArrowArray *taken = NULL;
    (void)oz_error_set(error, OZ_OK, "%s", ""); /* there is something to put a context before */
    oz_status status = take_array(&import, array, &taken);
    if (status == OZ_OK) {
        status = import_taken(&import, schema, taken, out);
    }
    ozi_pins_clear(&import.owner);
    if (status == OZ_NO_MEMORY) {
        return oz_error_set(error, status, "no memory to import an Arrow array");
    }
    return status;
}

oz_status
oz_batch_import_next(const oz_alloc *alloc, const struct ArrowSchema *schema,
                     struct ArrowArrayStream *stream, const oz_batch **out, oz_error *error)
{
    struct ArrowArray array = {0};
    *out = NULL;
    if (stream->get_next(stream, &array) != 0) {
        const char *message = stream->get_last_error(stream);
        return oz_error_set(error, OZ_IO, "the Arrow stream failed: %s",
                            message == NULL ? "no reason was given" : message);
    }
    return array.release == NULL ? OZ_OK : oz_batch_import(alloc, schema, &array, out, error);
}
