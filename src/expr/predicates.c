/*
 * Questions with a bool for an answer: str.startswith, endswith, operator.contains and str.isascii
 * for all rows; str.isalpha and its kin for ASCII rows.
 */
#include <string.h>

#include "base/utf8.h"
#include "expr/find.h"
#include "expr/kernel.h"

/* ---- a string in a string -------------------------------------------------------------------- */

static bool
starts(const oz_view *row, const oz_scalar *wanted)
{
    return row->size >= wanted->size &&
           (wanted->size == 0 || memcmp(row->data, wanted->as.data, wanted->size) == 0);
}

static bool
ends(const oz_view *row, const oz_scalar *wanted)
{
    if (row->size < wanted->size || wanted->size == 0) {
        return wanted->size == 0;
    }
    return memcmp(row->data + row->size - wanted->size, wanted->as.data, wanted->size) == 0;
}

static bool
contains_it(const oz_view *row, const oz_scalar *wanted)
{
    return wanted->size == 0 ||
           ozi_find(row->data, row->size, wanted->as.data, wanted->size) != NULL;
}

static oz_status
ask_place(bool (*is_there)(const oz_view *row, const oz_scalar *wanted), const oz_scalar *arguments,
          uint32_t argument_count, oz_call *call, oz_error *error)
{
    ozi_input input;
    if (argument_count != 1 || arguments[0].kind != OZ_SCALAR_STRING) {
        return oz_error_set(error, OZ_INVALID, "takes one string");
    }
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    const oz_view *rows = ozi_input_views(&input);
    uint8_t *truths = ozi_truths_new(call, input.count);
    if (truths == NULL) {
        return OZ_NO_MEMORY;
    }
    for (int64_t i = 0; i < input.count; i++) {
        truths[i] = is_there(&rows[i], &arguments[0]);
    }
    return ozi_give_truths(call, &truths, input.count);
}

/* ---- kinds of characters --------------------------------------------------------------------- */

enum {
    UPPER = 1,
    LOWER = 2,
    DIGIT = 4,
    BLANK = 8,
    SPACE = 16,   /* other white space */
    CONTROL = 32, /* other characters that cannot be printed */
    OTHER = 64,
    WIDE = 128, /* a byte beyond ASCII */
};

#define U UPPER
#define L LOWER
#define D DIGIT
#define S SPACE
#define C CONTROL
#define O OTHER
#define WIDE_16                                                                                    \
    WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE

/* By byte, sixteen in a row. */
static const uint8_t kinds[256] = {
    C,       C,       C,       C,       C,       C,       C,       C,       C, S, S, S, S, S, C, C,
    C,       C,       C,       C,       C,       C,       C,       C,       C, C, C, C, S, S, S, S,
    BLANK,   O,       O,       O,       O,       O,       O,       O,       O, O, O, O, O, O, O, O,
    D,       D,       D,       D,       D,       D,       D,       D,       D, D, O, O, O, O, O, O,
    O,       U,       U,       U,       U,       U,       U,       U,       U, U, U, U, U, U, U, U,
    U,       U,       U,       U,       U,       U,       U,       U,       U, U, U, O, O, O, O, O,
    O,       L,       L,       L,       L,       L,       L,       L,       L, L, L, L, L, L, L, L,
    L,       L,       L,       L,       L,       L,       L,       L,       L, L, L, O, O, O, O, C,
    WIDE_16, WIDE_16, WIDE_16, WIDE_16, WIDE_16, WIDE_16, WIDE_16, WIDE_16,
};

/* The kinds of characters that a row has, all together. */
static unsigned
kinds_of_row(const oz_view *row)
{
    unsigned seen = 0;
    for (uint32_t i = 0; i < row->size; i++) {
        seen |= kinds[(unsigned char)row->data[i]];
    }
    return seen;
}

/* What a row must not have; what it must have one of, unless that is 0. */
typedef struct rule {
    unsigned refused;
    unsigned wanted;
} rule;

static int64_t
ask_rows(const rule *rule, const oz_view *rows, int64_t count, uint8_t *truths)
{
    for (int64_t i = 0; i < count; i++) {
        unsigned seen = kinds_of_row(&rows[i]);
        if ((seen & WIDE & ~rule->refused) != 0) {
            return i;
        }
        truths[i] = (seen & rule->refused) == 0 && (rule->wanted == 0 || (seen & rule->wanted));
    }
    return count;
}

/* Each word begins with an upper case letter and goes on in lower case; there is a word. */
static int64_t
ask_titles(const oz_view *rows, int64_t count, uint8_t *truths)
{
    for (int64_t i = 0; i < count; i++) {
        bool titled = true;
        unsigned before = 0;
        unsigned seen = 0;
        for (uint32_t j = 0; j < rows[i].size; j++) {
            unsigned kind = kinds[(unsigned char)rows[i].data[j]];
            bool inside = (before & (UPPER | LOWER)) != 0;
            titled = titled && !(kind == UPPER && inside) && !(kind == LOWER && !inside);
            seen |= kind;
            before = kind;
        }
        if (seen & WIDE) {
            return i;
        }
        truths[i] = titled && (seen & (UPPER | LOWER)) != 0;
    }
    return count;
}

/* `rule` is NULL for the question of str.istitle. */
static oz_status
ask_kind(const rule *rule, uint32_t argument_count, oz_call *call, oz_error *error)
{
    ozi_input input;
    OZ_TRY(ozi_arguments_at_most(argument_count, 0, error));
    OZ_TRY(ozi_input_open_one(&input, call, OZI_TYPE(OZ_STRING), error));
    if (input.count == 0) {
        return ozi_give_nothing(call);
    }
    uint8_t *truths = ozi_truths_new(call, input.count);
    if (truths == NULL) {
        return OZ_NO_MEMORY;
    }
    const oz_view *rows = ozi_input_views(&input);
    int64_t count = rule == NULL ? ask_titles(rows, input.count, truths)
                                 : ask_rows(rule, rows, input.count, truths);
    return ozi_give_truths(call, &truths, count);
}

/* ---- the kernels ----------------------------------------------------------------------------- */

#define PLACE_KERNEL(name, question)                                                               \
    static oz_status name(const oz_scalar *arguments, uint32_t argument_count, oz_call *call,      \
                          oz_error *error)                                                         \
    {                                                                                              \
        return ask_place(question, arguments, argument_count, call, error);                        \
    }

#define KIND_KERNEL(name, ...)                                                                     \
    static oz_status name(const oz_scalar *arguments, uint32_t argument_count, oz_call *call,      \
                          oz_error *error)                                                         \
    {                                                                                              \
        (void)arguments;                                                                           \
        return ask_kind(__VA_ARGS__, argument_count, call, error);                                 \
    }

/* Only characters of these kinds, and at least one. */
#define ONLY(wanted) (&(rule){(unsigned)~(wanted) & ~(unsigned)WIDE, (wanted)})
/* Letters of one case and anything but letters, and at least one letter. */
#define CASED(refused, wanted) (&(rule){(refused), (wanted)})

PLACE_KERNEL(startswith, starts)
PLACE_KERNEL(endswith, ends)
PLACE_KERNEL(contains, contains_it)
KIND_KERNEL(is_alpha, ONLY(UPPER | LOWER))
KIND_KERNEL(is_digit, ONLY(DIGIT))
KIND_KERNEL(is_alnum, ONLY(UPPER | LOWER | DIGIT))
KIND_KERNEL(is_space, ONLY(BLANK | SPACE))
KIND_KERNEL(is_upper, CASED(LOWER, UPPER))
KIND_KERNEL(is_lower, CASED(UPPER, LOWER))
KIND_KERNEL(is_printable, CASED(SPACE | CONTROL, 0))
KIND_KERNEL(is_ascii, CASED(WIDE, 0))
KIND_KERNEL(is_title, NULL)

static const oz_kernel kernels[] = {
    OZI_KERNEL("operator.contains", OZ_STRING, contains),
    OZI_KERNEL("str.endswith", OZ_STRING, endswith),
    OZI_KERNEL("str.isalnum", OZ_STRING, is_alnum),
    OZI_KERNEL("str.isalpha", OZ_STRING, is_alpha),
    OZI_KERNEL("str.isascii", OZ_STRING, is_ascii),
    OZI_KERNEL("str.isdecimal", OZ_STRING, is_digit),
    OZI_KERNEL("str.isdigit", OZ_STRING, is_digit),
    OZI_KERNEL("str.islower", OZ_STRING, is_lower),
    OZI_KERNEL("str.isnumeric", OZ_STRING, is_digit),
    OZI_KERNEL("str.isprintable", OZ_STRING, is_printable),
    OZI_KERNEL("str.isspace", OZ_STRING, is_space),
    OZI_KERNEL("str.istitle", OZ_STRING, is_title),
    OZI_KERNEL("str.isupper", OZ_STRING, is_upper),
    OZI_KERNEL("str.startswith", OZ_STRING, startswith),
};

const ozi_family ozi_family_predicates = OZI_FAMILY(kernels);
