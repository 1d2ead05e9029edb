/*
 * operator.eq, ne, lt, le, gt, ge: two columns, or a column and a constant, of numbers or of
 * strings. The bytes of UTF-8 are in the order of their code points, so strings are compared as
 * bytes. A row with an int beyond 2^53 and a float goes to the host, which compares exactly.
 */
#include <string.h>

#include "expr/operand.h"

typedef enum relation { EQ, NE, LT, LE, GT, GE } relation;

#define LOOP(operator)                                                                             \
    for (int64_t i = 0; i < count; i++) {                                                          \
        truths[i] = left[i] operator right[i];                                                     \
    }                                                                                              \
    return

/* One loop for each relation: what is chosen once is not asked for every row. */
#define LOOPS(name, type)                                                                          \
    static void name(relation relation, const type *left, const type *right, uint8_t *truths,      \
                     int64_t count)                                                                \
    {                                                                                              \
        switch (relation) {                                                                        \
        case EQ:                                                                                   \
            LOOP(==);                                                                              \
        case NE:                                                                                   \
            LOOP(!=);                                                                              \
        case LT:                                                                                   \
            LOOP(<);                                                                               \
        case LE:                                                                                   \
            LOOP(<=);                                                                              \
        case GT:                                                                                   \
            LOOP(>);                                                                               \
        case GE:                                                                                   \
            LOOP(>=);                                                                              \
        }                                                                                          \
    }

LOOPS(compare_integers, int64_t)
LOOPS(compare_floats, double)
LOOPS(compare_orders, int32_t)

/* ---- strings --------------------------------------------------------------------------------- */

/* Below, at or above zero, as memcmp. */
static int32_t
order(const oz_view *left, const oz_view *right)
{
    uint32_t size = left->size < right->size ? left->size : right->size;
    int difference = size == 0 ? 0 : memcmp(left->data, right->data, size);
    return difference != 0 ? difference : (left->size > right->size) - (left->size < right->size);
}

/* Only zero when equal. */
static int32_t
differ(const oz_view *left, const oz_view *right)
{
    return left->size != right->size ||
           (left->size != 0 && memcmp(left->data, right->data, left->size) != 0);
}

static void
compare_texts(relation relation, const ozi_operand *sides, int64_t at, uint8_t *truths,
              int64_t count)
{
    static const int32_t zeros[OZI_CHUNK];
    int32_t orders[OZI_CHUNK];
    const oz_view *left = sides[0].values == NULL ? &sides[0].text : sides[0].values;
    const oz_view *right = sides[1].values == NULL ? &sides[1].text : sides[1].values;
    /* A constant stays where it is. */
    int64_t left_step = sides[0].values != NULL;
    int64_t right_step = sides[1].values != NULL;
    bool equality = relation == EQ || relation == NE;
    for (int64_t i = 0; i < count; i++) {
        const oz_view *a = &left[(at + i) * left_step];
        const oz_view *b = &right[(at + i) * right_step];
        orders[i] = equality ? differ(a, b) : order(a, b);
    }
    compare_orders(relation, orders, zeros, truths, count);
}

/* ---- over a batch ---------------------------------------------------------------------------- */

/* One chunk; returns how many of its rows could be done. */
static int64_t
compare_chunk(relation relation, const ozi_operand *sides, int64_t at, uint8_t *truths,
              int64_t count)
{
    union {
        int64_t integers[OZI_CHUNK];
        double floats[OZI_CHUNK];
    } left, right;
    if (sides[0].type == OZ_STRING) {
        compare_texts(relation, sides, at, truths, count);
        return count;
    }
    bool integral = ozi_operand_is_integral(&sides[0]);
    if (integral == ozi_operand_is_integral(&sides[1]) && integral) {
        compare_integers(relation, ozi_operand_integers(&sides[0], at, count, left.integers),
                         ozi_operand_integers(&sides[1], at, count, right.integers), truths, count);
        return count;
    }
    count = ozi_operand_exact(&sides[0], at, ozi_operand_exact(&sides[1], at, count));
    compare_floats(relation, ozi_operand_floats(&sides[0], at, count, left.floats),
                   ozi_operand_floats(&sides[1], at, count, right.floats), truths, count);
    return count;
}

static oz_status
compare(relation relation, const oz_scalar *arguments, uint32_t argument_count, oz_call *call,
        oz_error *error)
{
    ozi_input input;
    ozi_operand sides[2] = {{.type = OZ_BOOL}, {.type = OZ_BOOL}};
    OZ_TRY(ozi_operands_open(sides, 2, arguments, argument_count, call, &input, error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    uint8_t *truths = ozi_truths_new(call, input.count);
    if (truths == NULL) {
        return OZ_NO_MEMORY;
    }
    int64_t done = 0;
    while (done < input.count) {
        int64_t chunk = input.count - done < OZI_CHUNK ? input.count - done : OZI_CHUNK;
        int64_t rows = compare_chunk(relation, sides, done, truths + done, chunk);
        done += rows;
        if (rows < chunk) {
            break;
        }
    }
    return ozi_give_truths(call, &truths, done);
}

#define COMPARE_KERNEL(name, relation)                                                             \
    static oz_status name(const oz_scalar *arguments, uint32_t argument_count, oz_call *call,      \
                          oz_error *error)                                                         \
    {                                                                                              \
        return compare(relation, arguments, argument_count, call, error);                          \
    }

COMPARE_KERNEL(eq, EQ)
COMPARE_KERNEL(ne, NE)
COMPARE_KERNEL(lt, LT)
COMPARE_KERNEL(le, LE)
COMPARE_KERNEL(gt, GT)
COMPARE_KERNEL(ge, GE)

#define COMPARED(name, run)                                                                        \
    OZI_KERNEL(name, OZ_BOOL, run), OZI_KERNEL(name, OZ_INT64, run),                               \
        OZI_KERNEL(name, OZ_FLOAT64, run), OZI_KERNEL(name, OZ_STRING, run)

static const oz_kernel kernels[] = {
    COMPARED("operator.eq", eq), COMPARED("operator.ge", ge), COMPARED("operator.gt", gt),
    COMPARED("operator.le", le), COMPARED("operator.lt", lt), COMPARED("operator.ne", ne),
};

const ozi_family ozi_family_compare = OZI_FAMILY(kernels);
