/* Tests of cells: rows of every form become cells, and cells are read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "base/text.h"
#include "batch/print.h"
#include "sql/cells.h"

/* ---- objects of the test: a pair, a dict, or a word ------------------------------------------ */

typedef struct thing {
    char kind; /* 'w'ord, 'p'air, 'd'ict, 't'ime: has a text; 'x': has none */
    const char *word;
    const oz_object *items;
} thing;

static uint32_t
open_tuple(oz_object object, const oz_object **items)
{
    const thing *of = object;
    *items = of->items;
    return of->kind == 'p' ? 2 : 0;
}

static bool
open_dict(oz_object object, const oz_object *keys, uint32_t count, oz_object *items)
{
    const thing *of = object;
    for (uint32_t i = 0; i < count && of->kind == 'd'; i++) {
        items[i] = strcmp(((const thing *)keys[i])->word, "b") == 0 ? of->items[1] : of->items[0];
    }
    return of->kind == 'd';
}

static oz_status
text(oz_object object, oz_object *out)
{
    static thing noon = {.kind = 'w', .word = "noon"};
    *out = &noon;
    return ((const thing *)object)->kind == 't' ? OZ_OK : OZ_UNSUPPORTED;
}

static void
unbox(oz_object object, oz_scalar *out)
{
    const thing *of = object;
    *out = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object};
    if (of->kind == 'w') {
        *out = (oz_scalar){.kind = OZ_SCALAR_STRING,
                           .size = (uint32_t)strlen(of->word),
                           .as.data = of->word};
    }
}

static void
release(oz_object object)
{
    (void)object;
}

static size_t
print(oz_object object, char *buffer, size_t capacity)
{
    (void)object;
    return (size_t)snprintf(buffer, capacity, "a thing");
}

static const oz_object_class things = {.name = "things",
                                       .open_tuple = open_tuple,
                                       .open_dict = open_dict,
                                       .text = text,
                                       .unbox = unbox,
                                       .release = release,
                                       .print = print};

static thing a = {.kind = 'w', .word = "a"};
static thing b = {.kind = 'w', .word = "b"};
static const char *const names[] = {"a", "b"};
static const oz_object keys[] = {&a, &b};
static const ozi_sql_shape pair_shape = {2, names, &things, keys};
static const ozi_sql_shape one_shape = {1, names, &things, keys};

/* ---- the tests ------------------------------------------------------------------------------- */

/* The cells as a line of text. */
static const char *
shown(const oz_bytes *bytes)
{
    static char line[512];
    ozi_text to;
    ozi_cells cells = {bytes->data + bytes->begin, bytes->data + bytes->end};
    oz_scalar cell;
    ozi_text_init(&to, line, sizeof line);
    while (ozi_cells_next(&cells, &cell)) {
        ozi_scalar_print(&cell, NULL, &to);
        ozi_text_char(&to, ';');
    }
    assert_ptr_equal(cells.at, cells.end);
    return line;
}

static void
check_object(const ozi_sql_shape *shape, thing *row, const char *cells, const char *error_text)
{
    const oz_object handles[] = {row};
    const oz_column column = {.type = OZ_OBJECT,
                              .length = 1,
                              .values = handles,
                              .objects = &things};
    const oz_column *columns[] = {&column};
    const oz_batch batch = {.column_count = 1, .row_count = 1, .columns = columns};
    oz_bytes bytes = {.alloc = oz_alloc_default()};
    oz_error error = {.status = OZ_OK};
    oz_status status = ozi_cells_append(shape, &batch, 0, &bytes, &error);
    assert_int_equal(status, error_text == NULL ? OZ_OK : OZ_BAD_RECORD);
    if (error_text == NULL) {
        assert_string_equal(shown(&bytes), cells);
    } else {
        assert_string_equal(error.text, error_text);
        assert_int_equal(oz_bytes_size(&bytes), 0);
    }
    oz_bytes_free(&bytes);
}

static void
test_objects(void **state)
{
    (void)state;
    thing noon = {.kind = 't'};
    thing odd = {.kind = 'x'};
    thing nul = {.kind = 'w', .word = "\xED\xA0\x80"};
    const oz_object words[] = {&a, &b};
    const oz_object odds[] = {&a, &odd};
    const oz_object lone[] = {&a, &nul};
    const oz_object less[] = {&a, NULL};
    thing pair = {.kind = 'p', .items = words};
    thing dict = {.kind = 'd', .items = words};
    thing lacking = {.kind = 'd', .items = less};
    thing bad = {.kind = 'p', .items = odds};
    thing surrogate = {.kind = 'p', .items = lone};
    check_object(&pair_shape, &pair, "'a';'b';", NULL);
    check_object(&pair_shape, &dict, "'a';'b';", NULL);
    check_object(&one_shape, &b, "'b';", NULL);
    check_object(&one_shape, &noon, "'noon';", NULL);
    check_object(&pair_shape, &a, NULL, "a row of 1 values does not fit 2 columns");
    check_object(&one_shape, &pair, NULL, "a row of 2 values does not fit 1 columns");
    check_object(&pair_shape, &lacking, NULL, "the row has no 'b'");
    check_object(&pair_shape, &bad, NULL,
                 "column 'b': a thing is no value of a database: map() makes text of it, for "
                 "example with json.dumps");
    check_object(&pair_shape, &surrogate, NULL,
                 "column 'b': text with a lone surrogate cannot be written as UTF-8");
}

/* Row 1 of columns of all native types, by place and by name. */
static oz_status
native_row(const oz_alloc *alloc)
{
    static const int64_t numbers[] = {1, -7};
    static const double floats[] = {1, 0.5};
    static const uint8_t truths[] = {0, 1};
    static const oz_view texts[] = {{"x", 1, 0}, {"cat", 3, 0}};
    static const char *const column_names[] = {"n", "f", "t", "s", "b", "when"};
    static const char *const wanted[] = {"s", "n", "f", "t", "b", "when"};
    const oz_column made[] = {
        {.type = OZ_INT64, .length = 2, .values = numbers},
        {.type = OZ_FLOAT64, .length = 2, .values = floats},
        {.type = OZ_BOOL, .length = 2, .values = truths},
        {.type = OZ_STRING, .length = 2, .values = texts},
        {.type = OZ_BYTES, .length = 2, .values = texts},
        {.type = OZ_TIME, .length = 2, .values = numbers},
    };
    const oz_column *columns[] = {&made[0], &made[1], &made[2], &made[3], &made[4], &made[5]};
    oz_batch batch = {.column_count = 6, .row_count = 2, .columns = columns};
    const ozi_sql_shape shape = {6, wanted, NULL, NULL};
    oz_bytes bytes = {.alloc = alloc};
    oz_error error;
    oz_status status = ozi_cells_append(&shape, &batch, 1, &bytes, &error);
    if (status == OZ_OK) {
        assert_string_equal(shown(&bytes),
                            "-7;0.5;True;'cat';b'cat';1969-12-31T23:59:59.999999993Z;");
        /* Cut anywhere, what is left is never read beyond its end. */
        for (size_t cut = 0; cut < oz_bytes_size(&bytes); cut++) {
            ozi_cells cells = {bytes.data, bytes.data + cut};
            oz_scalar cell;
            int count = 0;
            while (ozi_cells_next(&cells, &cell)) {
                count++;
            }
            assert_true(count < 6 && cells.at <= cells.end);
        }
        bytes.end = bytes.begin;
        batch.names = column_names;
        status = ozi_cells_append(&shape, &batch, 1, &bytes, &error);
    }
    if (status == OZ_OK) {
        assert_string_equal(shown(&bytes),
                            "'cat';-7;0.5;True;b'cat';1969-12-31T23:59:59.999999993Z;");
    }
    oz_bytes_free(&bytes);
    return status;
}

static void
test_native_columns(void **state)
{
    (void)state;
    (void)ozi_alloc_fail_each(native_row);
}

static void
test_wrong_columns(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1};
    static const char *const other[] = {"a", "c"};
    const oz_column number = {.type = OZ_INT64, .length = 1, .values = numbers};
    const oz_column list = {.type = OZ_LIST, .length = 1};
    const oz_column *columns[] = {&number, &list};
    oz_batch batch = {.column_count = 1, .row_count = 1, .columns = columns};
    oz_bytes bytes = {.alloc = oz_alloc_default()};
    oz_error error;
    assert_int_equal(ozi_cells_append(&pair_shape, &batch, 0, &bytes, &error), OZ_BAD_RECORD);
    assert_string_equal(error.text, "a row of 1 values does not fit 2 columns");
    batch.column_count = 2;
    assert_int_equal(ozi_cells_append(&pair_shape, &batch, 0, &bytes, &error), OZ_BAD_RECORD);
    assert_string_equal(error.text, "column 'b': a LIST is no value of a database");
    batch.names = other;
    assert_int_equal(ozi_cells_append(&pair_shape, &batch, 0, &bytes, &error), OZ_BAD_RECORD);
    assert_string_equal(error.text, "the row has no 'b'");
    assert_int_equal(oz_bytes_size(&bytes), 0);
    oz_bytes_free(&bytes);
}

static void
test_what_is_no_cell(void **state)
{
    (void)state;
    const char kinds[] = {OZ_SCALAR_OBJECT, 99};
    for (size_t i = 0; i < sizeof kinds; i++) {
        ozi_cells cells = {&kinds[i], &kinds[i] + 1};
        oz_scalar cell;
        assert_false(ozi_cells_next(&cells, &cell));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_native_columns),
        cmocka_unit_test(test_wrong_columns),
        cmocka_unit_test(test_what_is_no_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
