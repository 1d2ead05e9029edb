#include "op/row.h"

oz_status
ozi_row_value(oz_context *node, const oz_batch *batch, int64_t row, oz_scalar *out,
              oz_object *owned)
{
    const oz_object_class *objects = node->engine->objects;
    *owned = NULL;
    oz_type type = batch->column_count == 1 ? batch->columns[0]->type : OZ_STRUCT;
    if (type != OZ_LIST && type != OZ_STRUCT && batch->names == NULL) {
        return oz_column_scalar(batch->columns[0], row, out);
    }
    if (objects == NULL) {
        return oz_error_set(&node->engine->scratch, OZ_UNSUPPORTED,
                            "rows of several columns cannot be kept without objects");
    }
    OZ_TRY(oz_batch_row_object(batch, row, objects, owned));
    *out = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = *owned};
    return OZ_OK;
}

void
ozi_row_release(oz_context *node, oz_object *owned)
{
    if (*owned != NULL) {
        node->engine->objects->release(*owned);
        *owned = NULL;
    }
}
