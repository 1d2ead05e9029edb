/*
 * operator.add, sub, mul, truediv, floordiv, mod, neg and abs on numbers: two columns, or a column
 * and a constant. int with int gives int (but truediv), a float on either side makes floats. A row
 * goes to the host when Python would raise (division by zero) or leave 64 bits.
 *
 * operator.rsub and its kin are Python's __rsub__: the constant is the left side, as in
 * functools.partial(operator.sub, 1).
 */
#include <math.h>

#include "expr/operand.h"

/* Each loop returns how many rows it could do. */
typedef int64_t
integer_fn(const int64_t *left, const int64_t *right, int64_t *out, int64_t count);
typedef int64_t
float_fn(const double *left, const double *right, double *out, int64_t count);

/* ---- int ------------------------------------------------------------------------------------- */

/* The place of the first result that left 64 bits: sum or difference have the wrong sign. */
static int64_t
add_integers(const int64_t *left, const int64_t *right, int64_t *out, int64_t count)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t sum = (int64_t)((uint64_t)left[i] + (uint64_t)right[i]);
        wrong |= (sum ^ left[i]) & (sum ^ right[i]);
        out[i] = sum;
    }
    for (int64_t i = 0; wrong < 0 && i < count; i++) {
        if (((out[i] ^ left[i]) & (out[i] ^ right[i])) < 0) {
            return i;
        }
    }
    return count;
}

static int64_t
subtract_integers(const int64_t *left, const int64_t *right, int64_t *out, int64_t count)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t difference = (int64_t)((uint64_t)left[i] - (uint64_t)right[i]);
        wrong |= (left[i] ^ right[i]) & (difference ^ left[i]);
        out[i] = difference;
    }
    for (int64_t i = 0; wrong < 0 && i < count; i++) {
        if (((left[i] ^ right[i]) & (out[i] ^ left[i])) < 0) {
            return i;
        }
    }
    return count;
}

static int64_t
multiply_integers(const int64_t *left, const int64_t *right, int64_t *out, int64_t count)
{
    int64_t i = 0;
    while (i < count && !__builtin_mul_overflow(left[i], right[i], &out[i])) {
        i++;
    }
    return i;
}

/* Python's quotient is rounded down, and the remainder has the sign of the divisor. */
static inline bool
is_divisible(int64_t left, int64_t right)
{
    return right != 0 && !(left == INT64_MIN && right == -1);
}

static int64_t
divide_integers(const int64_t *left, const int64_t *right, int64_t *out, int64_t count)
{
    int64_t i = 0;
    for (; i < count && is_divisible(left[i], right[i]); i++) {
        int64_t rest = left[i] % right[i];
        out[i] = left[i] / right[i] - (rest != 0 && (rest ^ right[i]) < 0);
    }
    return i;
}

static int64_t
remainder_integers(const int64_t *left, const int64_t *right, int64_t *out, int64_t count)
{
    int64_t i = 0;
    for (; i < count && is_divisible(left[i], right[i]); i++) {
        int64_t rest = left[i] % right[i];
        out[i] = rest + (rest != 0 && (rest ^ right[i]) < 0 ? right[i] : 0);
    }
    return i;
}

/* The right side of neg and abs is a constant 0. */
static int64_t
negate_integers(const int64_t *left, const int64_t *zero, int64_t *out, int64_t count)
{
    return subtract_integers(zero, left, out, count);
}

static int64_t
absolute_integers(const int64_t *left, const int64_t *zero, int64_t *out, int64_t count)
{
    (void)zero;
    int64_t i = 0;
    for (; i < count && left[i] != INT64_MIN; i++) {
        out[i] = left[i] < 0 ? -left[i] : left[i];
    }
    return i;
}

/* ---- float ----------------------------------------------------------------------------------- */

static int64_t
add_floats(const double *left, const double *right, double *out, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = left[i] + right[i];
    }
    return count;
}

static int64_t
subtract_floats(const double *left, const double *right, double *out, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = left[i] - right[i];
    }
    return count;
}

static int64_t
multiply_floats(const double *left, const double *right, double *out, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = left[i] * right[i];
    }
    return count;
}

static int64_t
true_divide_floats(const double *left, const double *right, double *out, int64_t count)
{
    int64_t i = 0;
    for (; i < count && right[i] != 0; i++) {
        out[i] = left[i] / right[i];
    }
    return i;
}

/* The remainder of float.__mod__: the sign of the divisor, also for a zero. */
static inline double
python_mod(double left, double right)
{
    double rest = fmod(left, right);
    if (rest == 0) {
        return copysign(0, right);
    }
    return (right < 0) != (rest < 0) ? rest + right : rest;
}

/* float.__floordiv__: what the remainder leaves, divided, is nearly whole; it is then made so. */
static inline double
python_floordiv(double left, double right)
{
    double rest = fmod(left, right);
    double quotient = (left - rest) / right;
    if (rest != 0 && (right < 0) != (rest < 0)) {
        quotient -= 1;
    }
    if (quotient == 0) {
        return copysign(0, left / right);
    }
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}

static int64_t
divide_floats(const double *left, const double *right, double *out, int64_t count)
{
    int64_t i = 0;
    for (; i < count && right[i] != 0; i++) {
        out[i] = python_floordiv(left[i], right[i]);
    }
    return i;
}

static int64_t
remainder_floats(const double *left, const double *right, double *out, int64_t count)
{
    int64_t i = 0;
    for (; i < count && right[i] != 0; i++) {
        out[i] = python_mod(left[i], right[i]);
    }
    return i;
}

static int64_t
negate_floats(const double *left, const double *zero, double *out, int64_t count)
{
    (void)zero;
    for (int64_t i = 0; i < count; i++) {
        out[i] = -left[i];
    }
    return count;
}

static int64_t
absolute_floats(const double *left, const double *zero, double *out, int64_t count)
{
    (void)zero;
    for (int64_t i = 0; i < count; i++) {
        out[i] = fabs(left[i]);
    }
    return count;
}

/* ---- over a batch ---------------------------------------------------------------------------- */

typedef struct operation {
    integer_fn *integers; /* NULL: the result is a float always */
    float_fn *floats;
    uint32_t operands;
    bool reversed;
} operation;

static int64_t
run_integers(integer_fn *loop, const ozi_operand *sides, int64_t count, int64_t *out)
{
    int64_t left[OZI_CHUNK];
    int64_t right[OZI_CHUNK];
    int64_t done = 0;
    while (done < count) {
        int64_t chunk = count - done < OZI_CHUNK ? count - done : OZI_CHUNK;
        int64_t rows = loop(ozi_operand_integers(&sides[0], done, chunk, left),
                            ozi_operand_integers(&sides[1], done, chunk, right), out + done, chunk);
        done += rows;
        if (rows < chunk) {
            break;
        }
    }
    return done;
}

/* Division of ints is exact only where both are doubles. */
static int64_t
exact_rows(const ozi_operand *sides, int64_t at, int64_t chunk)
{
    if (!ozi_operand_is_integral(&sides[0]) || !ozi_operand_is_integral(&sides[1])) {
        return chunk;
    }
    return ozi_operand_exact(&sides[0], at, ozi_operand_exact(&sides[1], at, chunk));
}

static int64_t
run_floats(float_fn *loop, const ozi_operand *sides, int64_t count, double *out)
{
    double left[OZI_CHUNK];
    double right[OZI_CHUNK];
    int64_t done = 0;
    while (done < count) {
        int64_t chunk = count - done < OZI_CHUNK ? count - done : OZI_CHUNK;
        int64_t exact = exact_rows(sides, done, chunk);
        int64_t rows = loop(ozi_operand_floats(&sides[0], done, exact, left),
                            ozi_operand_floats(&sides[1], done, exact, right), out + done, exact);
        done += rows;
        if (rows < chunk) {
            break;
        }
    }
    return done;
}

static oz_status
run_operation(const operation *operation, const oz_scalar *arguments, uint32_t argument_count,
              oz_call *call, oz_error *error)
{
    ozi_input input;
    ozi_operand sides[2] = {{.type = OZ_BOOL}, {.type = OZ_BOOL}};
    OZ_TRY(ozi_operands_open(sides, operation->operands, arguments, argument_count, call, &input,
                             error));
    if (sides[0].type == OZ_STRING) {
        return oz_error_set(error, OZ_INVALID, "takes numbers");
    }
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    if (operation->reversed) {
        ozi_operand left = sides[0];
        sides[0] = sides[1];
        sides[1] = left;
    }
    bool integral = operation->integers != NULL && ozi_operand_is_integral(&sides[0]) &&
                    ozi_operand_is_integral(&sides[1]);
    void *values = oz_values_new(call->alloc, integral ? OZ_INT64 : OZ_FLOAT64, input.count);
    if (values == NULL) {
        return OZ_NO_MEMORY;
    }
    int64_t count = integral ? run_integers(operation->integers, sides, input.count, values)
                             : run_floats(operation->floats, sides, input.count, values);
    return ozi_give_values(call, integral ? OZ_INT64 : OZ_FLOAT64, &values, count);
}

#define OPERATION(name, ...)                                                                       \
    static oz_status name(const oz_scalar *arguments, uint32_t argument_count, oz_call *call,      \
                          oz_error *error)                                                         \
    {                                                                                              \
        return run_operation(&(const operation){__VA_ARGS__}, arguments, argument_count, call,     \
                             error);                                                               \
    }

OPERATION(add, add_integers, add_floats, 2, false)
OPERATION(radd, add_integers, add_floats, 2, true)
OPERATION(sub, subtract_integers, subtract_floats, 2, false)
OPERATION(rsub, subtract_integers, subtract_floats, 2, true)
OPERATION(mul, multiply_integers, multiply_floats, 2, false)
OPERATION(rmul, multiply_integers, multiply_floats, 2, true)
OPERATION(truediv, NULL, true_divide_floats, 2, false)
OPERATION(rtruediv, NULL, true_divide_floats, 2, true)
OPERATION(floordiv, divide_integers, divide_floats, 2, false)
OPERATION(rfloordiv, divide_integers, divide_floats, 2, true)
OPERATION(mod, remainder_integers, remainder_floats, 2, false)
OPERATION(rmod, remainder_integers, remainder_floats, 2, true)
OPERATION(neg, negate_integers, negate_floats, 1, false)
OPERATION(absolute, absolute_integers, absolute_floats, 1, false)

/* Of every type of number. */
#define NUMBERS(name, run)                                                                         \
    OZI_KERNEL(name, OZ_BOOL, run), OZI_KERNEL(name, OZ_INT64, run),                               \
        OZI_KERNEL(name, OZ_FLOAT64, run)

static const oz_kernel kernels[] = {
    NUMBERS("abs", absolute),
    NUMBERS("operator.abs", absolute),
    NUMBERS("operator.add", add),
    NUMBERS("operator.floordiv", floordiv),
    NUMBERS("operator.mod", mod),
    NUMBERS("operator.mul", mul),
    NUMBERS("operator.neg", neg),
    NUMBERS("operator.radd", radd),
    NUMBERS("operator.rfloordiv", rfloordiv),
    NUMBERS("operator.rmod", rmod),
    NUMBERS("operator.rmul", rmul),
    NUMBERS("operator.rsub", rsub),
    NUMBERS("operator.rtruediv", rtruediv),
    NUMBERS("operator.sub", sub),
    NUMBERS("operator.truediv", truediv),
};

const ozi_family ozi_family_arithmetic = OZI_FAMILY(kernels);
