/* Column types: their names, width and scalars; and whether two columns are of one shape. */
#include "batch/column.h"
#include "batch/column_names.h"

#define TYPE_NAME(name, text) #name,
static const char *const type_names[] = {OZ_TYPE_TABLE(TYPE_NAME)};
#undef TYPE_NAME

const char *
oz_type_name(oz_type type)
{
    return (unsigned)type < OZ_TYPE_COUNT ? type_names[type] : "UNKNOWN";
}

size_t
ozi_type_width(oz_type type)
{
    switch (type) {
    case OZ_BOOL:
        return 1;
    case OZ_STRING:
    case OZ_BYTES:
        return sizeof(oz_view);
    case OZ_ANY:
    case OZ_STRUCT:
    case OZ_TYPE_COUNT:
        return 0;
    default:
        return 8;
    }
}

oz_type
ozi_type_of_scalar(oz_scalar_kind kind)
{
    static const oz_type types[] = {
        [OZ_SCALAR_NULL] = OZ_ANY,    [OZ_SCALAR_BOOL] = OZ_BOOL,
        [OZ_SCALAR_INT64] = OZ_INT64, [OZ_SCALAR_FLOAT64] = OZ_FLOAT64,
        [OZ_SCALAR_TIME] = OZ_TIME,   [OZ_SCALAR_STRING] = OZ_STRING,
        [OZ_SCALAR_BYTES] = OZ_BYTES, [OZ_SCALAR_OBJECT] = OZ_OBJECT,
    };
    return types[kind];
}

bool
ozi_column_same_shape(const oz_column *left, const oz_column *right)
{
    if (left->type != right->type || left->objects != right->objects ||
        left->child_count != right->child_count ||
        !ozi_column_names_equal(left->child_names, right->child_names, left->child_count)) {
        return false;
    }
    for (uint32_t i = 0; i < left->child_count; i++) {
        if (!ozi_column_same_shape(left->children[i], right->children[i])) {
            return false;
        }
    }
    return true;
}
