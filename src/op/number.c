#include "op/number.h"

#include <math.h>

#include "base/hash.h"

/* Above this a double no longer holds every integer, and comparing by doubles is not exact. */
static const int64_t EXACT_MAX = INT64_C(1) << 53;

static bool
as_int64(const oz_scalar *value, int64_t *out)
{
    *out = value->kind == OZ_SCALAR_BOOL ? value->as.boolean : value->as.int64;
    return value->kind == OZ_SCALAR_BOOL || value->kind == OZ_SCALAR_INT64;
}

static bool
as_float64(const oz_scalar *value, double *out)
{
    int64_t integer;
    if (value->kind == OZ_SCALAR_FLOAT64) {
        *out = value->as.float64;
        return true;
    }
    if (!as_int64(value, &integer)) {
        return false;
    }
    *out = (double)integer; /* rounds half to even, as Python does */
    return true;
}

static oz_status
box(oz_context *node, const oz_scalar *value, oz_object *out, oz_error *error)
{
    const oz_object_class *objects = oz_context_objects(node);
    if (objects == NULL) {
        return oz_error_set(error, OZ_BAD_RECORD,
                            "the values are of types that do not go together");
    }
    if (value->kind == OZ_SCALAR_OBJECT) {
        *out = objects->retain(value->as.object);
        return OZ_OK;
    }
    return objects->box(value, out);
}

/* Calls `function` with both values as objects. */
static oz_status
add_objects(oz_context *node, const oz_scalar *left, const oz_scalar *right, oz_object *out,
            oz_error *error)
{
    oz_object boxed_left = NULL;
    oz_object boxed_right = NULL;
    OZ_TRY(box(node, left, &boxed_left, error));
    oz_status status = box(node, right, &boxed_right, error);
    if (status == OZ_OK) {
        status = oz_context_objects(node)->add(boxed_left, boxed_right, out);
        oz_context_objects(node)->release(boxed_right);
    }
    oz_context_objects(node)->release(boxed_left);
    if (status == OZ_USER) {
        return oz_error_set(error, OZ_BAD_RECORD, "the value cannot be added to the sum");
    }
    return status;
}

oz_status
ozi_number_add(oz_context *node, oz_table *table, oz_scalar *field, const oz_scalar *value,
               oz_error *error)
{
    int64_t left_int;
    int64_t right_int;
    double left;
    double right;
    oz_scalar zero = {.kind = OZ_SCALAR_INT64};
    oz_scalar sum = {.kind = OZ_SCALAR_OBJECT};
    const oz_scalar *old = field->kind == OZ_SCALAR_NULL ? &zero : field;
    if (as_int64(old, &left_int) && as_int64(value, &right_int) &&
        !__builtin_add_overflow(left_int, right_int, &sum.as.int64)) {
        *field = (oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = sum.as.int64};
        return OZ_OK;
    }
    bool both_int = as_int64(old, &left_int) && as_int64(value, &right_int);
    if (!both_int && as_float64(old, &left) && as_float64(value, &right)) {
        *field = (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = left + right};
        return OZ_OK;
    }
    OZ_TRY(add_objects(node, old, value, &sum.as.object, error));
    oz_status status = oz_scalar_assign(table, field, &sum);
    oz_context_objects(node)->release(sum.as.object);
    return status;
}

oz_status
ozi_number_keep(oz_context *node, oz_table *table, oz_scalar *field, const oz_scalar *value,
                oz_error *error)
{
    if (value->kind != OZ_SCALAR_NULL) {
        return oz_scalar_assign(table, field, value);
    }
    oz_scalar boxed = {.kind = OZ_SCALAR_OBJECT};
    OZ_TRY(box(node, value, &boxed.as.object, error));
    oz_status status = oz_scalar_assign(table, field, &boxed);
    oz_context_objects(node)->release(boxed.as.object);
    return status;
}

static int
compare_text(const oz_scalar *left, const oz_scalar *right)
{
    uint32_t size = left->size < right->size ? left->size : right->size;
    int order = size == 0 ? 0 : memcmp(left->as.data, right->as.data, size);
    return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

static bool
is_text(const oz_scalar *value)
{
    return value->kind == OZ_SCALAR_STRING || value->kind == OZ_SCALAR_BYTES;
}

static bool
is_exact(const oz_scalar *value)
{
    int64_t integer;
    return !as_int64(value, &integer) || (integer <= EXACT_MAX && integer >= -EXACT_MAX);
}

static oz_status
less_objects(oz_context *node, const oz_scalar *left, const oz_scalar *right, bool *out,
             oz_error *error)
{
    oz_object boxed_left = NULL;
    oz_object boxed_right = NULL;
    OZ_TRY(box(node, left, &boxed_left, error));
    oz_status status = box(node, right, &boxed_right, error);
    if (status == OZ_OK) {
        status = oz_context_objects(node)->less(boxed_left, boxed_right, out);
        oz_context_objects(node)->release(boxed_right);
    }
    oz_context_objects(node)->release(boxed_left);
    if (status == OZ_USER) {
        return oz_error_set(error, OZ_BAD_RECORD, "the value cannot be compared with the others");
    }
    return status;
}

oz_status
ozi_number_less(oz_context *node, const oz_scalar *left, const oz_scalar *right, bool *out,
                oz_error *error)
{
    int64_t left_int;
    int64_t right_int;
    double left_float;
    double right_float;
    if (as_int64(left, &left_int) && as_int64(right, &right_int)) {
        *out = left_int < right_int;
        return OZ_OK;
    }
    if (is_exact(left) && is_exact(right) && as_float64(left, &left_float) &&
        as_float64(right, &right_float)) {
        *out = left_float < right_float;
        return OZ_OK;
    }
    if (is_text(left) && left->kind == right->kind) {
        *out = compare_text(left, right) < 0;
        return OZ_OK;
    }
    if (left->kind == OZ_SCALAR_TIME && right->kind == OZ_SCALAR_TIME) {
        *out = left->as.int64 < right->as.int64;
        return OZ_OK;
    }
    return less_objects(node, left, right, out, error);
}

/*
 * An object (an int beyond 64 bits) becomes a float by adding 0.0 to it, which is what the class
 * can do.
 */
bool
ozi_number_float64(oz_context *node, const oz_scalar *value, double *out)
{
    const oz_object_class *objects = oz_context_objects(node);
    oz_scalar zero = {.kind = OZ_SCALAR_FLOAT64};
    oz_object sum = NULL;
    oz_error ignored;
    if (as_float64(value, out)) {
        return true;
    }
    if (objects == NULL || add_objects(node, &zero, value, &sum, &ignored) != OZ_OK) {
        return false;
    }
    oz_scalar scalar;
    objects->unbox(sum, &scalar);
    bool is_float = as_float64(&scalar, out);
    objects->release(sum);
    return is_float;
}

/*
 * left / right for a left that a double does not hold: 2^64 times the quotient has more bits than a
 * double, and its last bit tells of a remainder, so that it is rounded rightly.
 */
static double
divide_exactly(int64_t left, int64_t right)
{
    uint64_t size = left < 0 ? 0 - (uint64_t)left : (uint64_t)left;
    ozi_uint128 scaled = (ozi_uint128)size << 64;
    ozi_uint128 quotient = scaled / (uint64_t)right;
    quotient |= scaled % (uint64_t)right != 0;
    double result = ldexp((double)quotient, -64);
    return left < 0 ? -result : result;
}

bool
ozi_number_mean(oz_context *node, const oz_scalar *sum, int64_t count, double *out)
{
    if (!is_exact(sum)) {
        *out = divide_exactly(sum->as.int64, count);
        return true;
    }
    double total;
    bool is_number = ozi_number_float64(node, sum, &total);
    *out = is_number ? total / (double)count : 0;
    return is_number;
}
