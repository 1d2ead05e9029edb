#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "ouzel/arrow.h"

/* How many arrays were not released. */
static int arrays_live;

static void
release_array(struct ArrowArray *array)
{
    arrays_live--;
    array->release = NULL;
}

/* An array over buffers of the test; children and dictionary may be set afterwards. */
static struct ArrowArray
array_of(int64_t length, int64_t offset, const void **buffers, int64_t n_buffers)
{
    arrays_live++;
    return (struct ArrowArray){.length = length,
                               .null_count = -1,
                               .offset = offset,
                               .n_buffers = n_buffers,
                               .buffers = buffers,
                               .release = release_array};
}

static void
assert_import(struct ArrowSchema schema, struct ArrowArray array, oz_type type, const char *text)
{
    oz_error error;
    const oz_batch *batch = NULL;
    assert_ok(oz_batch_import(oz_alloc_default(), &schema, &array, &batch, &error));
    assert_null(array.release);
    if (type != OZ_ANY) {
        assert_int_equal(batch->columns[0]->type, type);
    }
    assert_batch(batch, text);
    oz_batch_release(&batch);
    assert_int_equal(arrays_live, 0);
}

static void
assert_refused(struct ArrowSchema schema, struct ArrowArray array, oz_status status,
               const char *text)
{
    oz_error error;
    const oz_batch *batch = NULL;
    assert_int_equal(oz_batch_import(oz_alloc_default(), &schema, &array, &batch, &error), status);
    assert_string_equal(error.text, text);
    assert_null(batch);
    assert_int_equal(arrays_live, 0);
}

#define SCHEMA(text) ((struct ArrowSchema){.format = (text), .name = ""})
#define VALUES(...)                                                                                \
    (const void *[])                                                                               \
    {                                                                                              \
        NULL, __VA_ARGS__                                                                          \
    }
#define WITH_NULLS(bits, ...)                                                                      \
    (const void *[])                                                                               \
    {                                                                                              \
        (const uint8_t[]){bits}, __VA_ARGS__                                                       \
    }

static void
a_numbers_of_every_width(void **state)
{
    (void)state;
    const int8_t int8[] = {1, -128, 3};
    const uint8_t uint8[] = {1, 255, 3};
    const int16_t int16[] = {1, -32768, 3};
    const uint16_t uint16[] = {1, 65535, 3};
    const int32_t int32[] = {1, INT32_MIN, 3};
    const uint32_t uint32[] = {1, UINT32_MAX, 3};
    const int64_t int64[] = {1, INT64_MIN, 3};
    const uint64_t uint64[] = {1, INT64_MAX, 3};
    assert_import(SCHEMA("c"), array_of(3, 0, VALUES(int8), 2), OZ_INT64, "1\n-128\n3\n");
    assert_import(SCHEMA("C"), array_of(2, 1, VALUES(uint8), 2), OZ_INT64, "255\n3\n");
    assert_import(SCHEMA("s"), array_of(2, 1, VALUES(int16), 2), OZ_INT64, "-32768\n3\n");
    assert_import(SCHEMA("S"), array_of(2, 1, VALUES(uint16), 2), OZ_INT64, "65535\n3\n");
    assert_import(SCHEMA("i"), array_of(2, 1, VALUES(int32), 2), OZ_INT64, "-2147483648\n3\n");
    assert_import(SCHEMA("I"), array_of(2, 1, VALUES(uint32), 2), OZ_INT64, "4294967295\n3\n");
    assert_import(SCHEMA("l"), array_of(2, 1, VALUES(int64), 2), OZ_INT64,
                  "-9223372036854775808\n3\n");
    assert_import(SCHEMA("L"), array_of(2, 1, VALUES(uint64), 2), OZ_INT64,
                  "9223372036854775807\n3\n");
    const float floats[] = {0.5F, 1.25F};
    const double doubles[] = {0.1, 2};
    assert_import(SCHEMA("f"), array_of(2, 0, VALUES(floats), 2), OZ_FLOAT64, "0.5\n1.25\n");
    assert_import(SCHEMA("g"), array_of(2, 0, VALUES(doubles), 2), OZ_FLOAT64, "0.1\n2.0\n");
    const uint8_t bits[] = {0x05, 0x02};
    assert_import(SCHEMA("b"), array_of(3, 7, VALUES(bits), 2), OZ_BOOL, "False\nFalse\nTrue\n");
    assert_import(SCHEMA("n"), array_of(2, 0, NULL, 0), OZ_INT64, "None\nNone\n");
    assert_import(SCHEMA("l"), array_of(0, 0, VALUES(NULL), 2), OZ_INT64, "");
    assert_import(SCHEMA("i"), array_of(0, 5, VALUES(NULL), 2), OZ_INT64, "");
    assert_import(SCHEMA("U"), array_of(0, 0, VALUES(NULL, NULL), 3), OZ_STRING, "");
}

static void
b_nothing_is_copied(void **state)
{
    (void)state;
    const int64_t values[] = {1, 2, 3};
    const char text[] = "hello";
    const int64_t offsets[] = {0, 5};
    const oz_batch *batch = NULL;
    struct ArrowSchema schema = SCHEMA("l");
    struct ArrowArray array = array_of(2, 1, VALUES(values), 2);
    assert_ok(oz_batch_import(oz_alloc_default(), &schema, &array, &batch, NULL));
    assert_ptr_equal(batch->columns[0]->values, values + 1);
    const oz_column *column = oz_column_retain(batch->columns[0]);
    oz_batch_release(&batch);
    assert_int_equal(arrays_live, 1);
    oz_column_release(&column);
    assert_int_equal(arrays_live, 0);
    schema = SCHEMA("U");
    array = array_of(1, 0, VALUES(offsets, text), 3);
    assert_ok(oz_batch_import(oz_alloc_default(), &schema, &array, &batch, NULL));
    const oz_view *view = batch->columns[0]->values;
    assert_ptr_equal(view->data, text);
    assert_int_equal(view->flags, OZ_VIEW_ASCII);
    /* A row that is taken keeps the text. */
    assert_ok(oz_column_take(batch->columns[0], (const int32_t[]){0}, 1, &column));
    oz_batch_release(&batch);
    assert_int_equal(arrays_live, 1);
    oz_column_release(&column);
    assert_int_equal(arrays_live, 0);
}

static void
c_nulls(void **state)
{
    (void)state;
    const int64_t values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const uint8_t bits[] = {0xfe, 0x01};
    const void *buffers[] = {bits, values};
    assert_import(SCHEMA("l"), array_of(3, 0, buffers, 2), OZ_INT64, "None\n2\n3\n");
    assert_import(SCHEMA("l"), array_of(3, 7, buffers, 2), OZ_INT64, "8\n9\nNone\n");
    assert_import(SCHEMA("l"), array_of(2, 8, buffers, 2), OZ_INT64, "9\nNone\n");
    /* A bitmap without a NULL among the rows is dropped. */
    const oz_batch *batch = NULL;
    struct ArrowSchema schema = SCHEMA("l");
    struct ArrowArray array = array_of(3, 3, buffers, 2);
    assert_ok(oz_batch_import(oz_alloc_default(), &schema, &array, &batch, NULL));
    assert_null(batch->columns[0]->validity);
    oz_batch_release(&batch);
    /* What is not valid is not looked at. */
    const uint64_t large[] = {UINT64_MAX, 1};
    assert_import(SCHEMA("L"), array_of(2, 0, WITH_NULLS(2, large), 2), OZ_INT64, "None\n1\n");
    const int64_t times[] = {INT64_MAX, 1};
    assert_import(SCHEMA("tss:"), array_of(2, 0, WITH_NULLS(2, times), 2), OZ_TIME,
                  "None\n1970-01-01T00:00:01Z\n");
    const int32_t offsets[] = {0, 2, 3};
    assert_import(SCHEMA("u"),
                  array_of(2, 0,
                           WITH_NULLS(2, offsets,
                                      "\xff\xff"
                                      "a"),
                           3),
                  OZ_STRING, "None\n'a'\n");
}

static void
d_times(void **state)
{
    (void)state;
    const int64_t values[] = {1, -1};
    const int32_t days[] = {19782, -1};
    const int64_t day_ms[] = {86400000};
    assert_import(SCHEMA("tsn:"), array_of(2, 0, VALUES(values), 2), OZ_TIME,
                  "1970-01-01T00:00:00.000000001Z\n1969-12-31T23:59:59.999999999Z\n");
    assert_import(SCHEMA("tsu:UTC"), array_of(1, 0, VALUES(values), 2), OZ_TIME,
                  "1970-01-01T00:00:00.000001Z\n");
    assert_import(SCHEMA("tsm:Europe/Paris"), array_of(1, 1, VALUES(values), 2), OZ_TIME,
                  "1969-12-31T23:59:59.999Z\n");
    assert_import(SCHEMA("tss:"), array_of(1, 0, VALUES(values), 2), OZ_TIME,
                  "1970-01-01T00:00:01Z\n");
    assert_import(SCHEMA("tdD"), array_of(2, 0, VALUES(days), 2), OZ_TIME,
                  "2024-02-29T00:00:00Z\n1969-12-31T00:00:00Z\n");
    assert_import(SCHEMA("tdm"), array_of(1, 0, VALUES(day_ms), 2), OZ_TIME,
                  "1970-01-02T00:00:00Z\n");
}

/* A view array as Arrow has it: short text inside, long text behind buffer and offset. */
typedef struct test_view {
    int32_t size;
    char prefix[4];
    int32_t buffer;
    int32_t offset;
} test_view;

static void
e_texts(void **state)
{
    (void)state;
    const int32_t offsets[] = {0, 1, 1, 4};
    const int64_t large[] = {0, 1, 1, 4};
    const char *text = "a\u20ac";
    assert_import(SCHEMA("u"), array_of(3, 0, VALUES(offsets, text), 3), OZ_STRING,
                  "'a'\n''\n'\u20ac'\n");
    assert_import(SCHEMA("U"), array_of(2, 1, VALUES(large, text), 3), OZ_STRING, "''\n'\u20ac'\n");
    assert_import(SCHEMA("z"), array_of(1, 2, VALUES(offsets, text), 3), OZ_BYTES,
                  "b'\\xe2\\x82\\xac'\n");
    assert_import(SCHEMA("Z"), array_of(1, 0, VALUES(large, text), 3), OZ_BYTES, "b'a'\n");
    assert_import(SCHEMA("w:2"), array_of(2, 1, VALUES("aabbcc"), 2), OZ_BYTES, "b'bb'\nb'cc'\n");
    test_view views[2] = {{.size = 5}, {.size = 13, .buffer = 1, .offset = 2}};
    memcpy(views[0].prefix, "short", 5);
    const int64_t sizes[] = {1, 15};
    const void *buffers[] = {NULL, views, "x", "--thirteen char", sizes};
    assert_import(SCHEMA("vu"), array_of(2, 0, buffers, 5), OZ_STRING,
                  "'short'\n'thirteen char'\n");
    assert_import(SCHEMA("vz"), array_of(1, 1, buffers, 5), OZ_BYTES, "b'thirteen char'\n");
    views[1].buffer = 2;
    assert_refused(SCHEMA("vz"), array_of(2, 0, buffers, 5), OZ_INVALID,
                   "row 1: a view into a buffer that does not exist");
}

static void
f_nested(void **state)
{
    (void)state;
    const int32_t numbers[] = {9, 1, 2, 3, 4};
    const int32_t offsets[] = {0, 1, 1, 4};
    const int64_t large[] = {0, 1, 1, 4};
    struct ArrowSchema number_schema = SCHEMA("i");
    struct ArrowSchema *children_schema[] = {&number_schema};
    struct ArrowArray number_array = array_of(4, 1, VALUES(numbers), 2);
    struct ArrowArray *children[] = {&number_array};
    struct ArrowSchema schema = SCHEMA("+l");
    schema.n_children = 1;
    schema.children = children_schema;
    struct ArrowArray array = array_of(3, 0, VALUES(offsets), 2);
    array.n_children = 1;
    array.children = children;
    arrays_live--; /* the child is released by its parent, here: not at all */
    assert_import(schema, array, OZ_LIST, "[1]\n[]\n[2, 3, 4]\n");
    arrays_live++;
    schema.format = "+L";
    array.buffers = VALUES(large);
    array.offset = 1;
    array.length = 2;
    assert_import(schema, array, OZ_LIST, "[]\n[2, 3, 4]\n");
    /* A record batch of lists and numbers, cut. */
    arrays_live++;
    struct ArrowSchema list_schema = schema;
    struct ArrowArray list_array = array;
    list_schema.name = "list";
    number_schema.name = "number";
    list_array.offset = 0;
    list_array.length = 3;
    struct ArrowSchema *field_schemas[] = {&list_schema, &number_schema};
    struct ArrowArray *fields[] = {&list_array, &number_array};
    struct ArrowSchema batch_schema = {.format = "+s",
                                       .name = "",
                                       .n_children = 2,
                                       .children = field_schemas};
    struct ArrowArray batch_array = array;
    batch_array.buffers = (const void *[]){NULL};
    batch_array.n_buffers = 1;
    batch_array.n_children = 2;
    batch_array.children = fields;
    assert_import(batch_schema, batch_array, OZ_LIST,
                  "{'list': [], 'number': 2}\n{'list': [2, 3, 4], 'number': 3}\n");
}

static void
g_dictionaries(void **state)
{
    (void)state;
    const int32_t offsets[] = {0, 3, 5};
    const int8_t indices[] = {1, 0, 7, 1};
    struct ArrowSchema values_schema = SCHEMA("u");
    struct ArrowArray values = array_of(2, 0, VALUES(offsets, "oneTw"), 3);
    arrays_live--;
    struct ArrowSchema schema = SCHEMA("c");
    schema.dictionary = &values_schema;
    struct ArrowArray array = array_of(4, 0, WITH_NULLS(0xb, indices), 2);
    array.dictionary = &values;
    assert_import(schema, array, OZ_STRING, "'Tw'\n'one'\nNone\n'Tw'\n");
    array = array_of(4, 0, VALUES(indices), 2);
    array.dictionary = &values;
    assert_refused(schema, array, OZ_INVALID, "row 2: index 7 leads beyond a dictionary of 2");
    values.length = 0;
    array = array_of(1, 2, WITH_NULLS(0, indices), 2);
    array.dictionary = &values;
    assert_import(schema, array, OZ_STRING, "None\n");
}

static void
h_what_is_refused(void **state)
{
    (void)state;
    const uint64_t large[] = {1, UINT64_MAX};
    const int64_t times[] = {INT64_MAX};
    const int32_t offsets[] = {0, 2, 1};
    const int32_t two[] = {0, 1, 2};
    assert_refused(SCHEMA("e"), array_of(1, 0, VALUES(large), 2), OZ_UNSUPPORTED,
                   "the Arrow format 'e' is not supported");
    assert_refused(SCHEMA("L"), array_of(2, 0, VALUES(large), 2), OZ_INVALID,
                   "row 1: 18446744073709551615 is beyond the range of INT64");
    assert_refused(SCHEMA("tsu:"), array_of(1, 0, VALUES(times), 2), OZ_INVALID,
                   "row 0: the time 9223372036854775807 is beyond the years 1677 to 2262");
    assert_refused(SCHEMA("u"), array_of(2, 0, VALUES(offsets, "ab"), 3), OZ_INVALID,
                   "row 1: bad offsets");
    assert_refused(SCHEMA("u"), array_of(2, 0, VALUES(two, "a\xff"), 3), OZ_INVALID,
                   "row 1: not UTF-8");
    /* Two halves of one character are valid together, but not each for itself. */
    assert_refused(SCHEMA("u"), array_of(2, 0, VALUES(two, "\xc3\xa9"), 3), OZ_INVALID,
                   "row 0: not UTF-8");
    assert_refused(SCHEMA("l"), array_of(1, 0, VALUES(NULL), 2), OZ_INVALID,
                   "the Arrow array does not fit its format 'l'");
    assert_refused(SCHEMA("l"), array_of(1, 0, VALUES(times), 1), OZ_INVALID,
                   "the Arrow array does not fit its format 'l'");
    assert_refused(SCHEMA("w:x"), array_of(1, 0, VALUES(times), 2), OZ_INVALID,
                   "bad Arrow format 'w:x'");
    struct ArrowSchema field = {.format = "d:9,2", .name = "price"};
    struct ArrowArray child = array_of(1, 0, VALUES(times), 2);
    struct ArrowSchema batch = {.format = "+s",
                                .n_children = 1,
                                .children = (struct ArrowSchema *[]){&field}};
    struct ArrowArray array = array_of(1, 0, (const void *[]){NULL}, 1);
    arrays_live--;
    array.n_children = 1;
    array.children = (struct ArrowArray *[]){&child};
    assert_refused(batch, array, OZ_UNSUPPORTED,
                   "field 'price': the Arrow format 'd:9,2' is not supported");
    field.format = "l";
    arrays_live++;
    array.buffers = (const void *[]){(const uint8_t[]){0}};
    assert_refused(batch, array, OZ_INVALID, "a record batch with rows that are NULL");
}

static int stream_left;

static int
stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    static const int64_t values[] = {1, 2};
    static const void *buffers[] = {NULL, values};
    (void)stream;
    if (stream_left < 0) {
        return 5;
    }
    *out = (struct ArrowArray){0};
    if (stream_left-- > 0) {
        *out = array_of(2, 0, buffers, 2);
    }
    return 0;
}

static const char *
stream_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "the wire is cut";
}

static void
i_streams(void **state)
{
    (void)state;
    struct ArrowArrayStream stream = {.get_next = stream_next, .get_last_error = stream_error};
    struct ArrowSchema schema = SCHEMA("l");
    const oz_batch *batch = NULL;
    oz_error error;
    stream_left = 1;
    assert_ok(oz_batch_import_next(oz_alloc_default(), &schema, &stream, &batch, &error));
    assert_batch(batch, "1\n2\n");
    oz_batch_release(&batch);
    assert_ok(oz_batch_import_next(oz_alloc_default(), &schema, &stream, &batch, &error));
    assert_null(batch);
    assert_int_equal(oz_batch_import_next(oz_alloc_default(), &schema, &stream, &batch, &error),
                     OZ_IO);
    assert_string_equal(error.text, "the Arrow stream failed: the wire is cut");
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const int32_t offsets[] = {0, 3, 5};
    const int8_t indices[] = {1, 0, 7, 1};
    struct ArrowSchema values_schema = SCHEMA("u");
    struct ArrowArray values = array_of(2, 0, VALUES(offsets, "oneTw"), 3);
    arrays_live--;
    struct ArrowSchema field = SCHEMA("c");
    field.dictionary = &values_schema;
    struct ArrowArray child = array_of(4, 0, WITH_NULLS(0xb, indices), 2);
    arrays_live--;
    child.dictionary = &values;
    struct ArrowSchema schema = {.format = "+s",
                                 .n_children = 1,
                                 .children = (struct ArrowSchema *[]){&field}};
    struct ArrowArray array = array_of(3, 1, (const void *[]){NULL}, 1);
    array.n_children = 1;
    array.children = (struct ArrowArray *[]){&child};
    const oz_batch *batch = NULL;
    oz_status status = oz_batch_import(alloc, &schema, &array, &batch, NULL);
    if (status == OZ_OK) {
        assert_batch(batch, "{'': 'one'}\n{'': None}\n{'': 'Tw'}\n");
    }
    oz_batch_release(&batch);
    assert_int_equal(arrays_live, 0);
    return status;
}

static void
j_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_numbers_of_every_width),
        cmocka_unit_test(b_nothing_is_copied),
        cmocka_unit_test(c_nulls),
        cmocka_unit_test(d_times),
        cmocka_unit_test(e_texts),
        cmocka_unit_test(f_nested),
        cmocka_unit_test(g_dictionaries),
        cmocka_unit_test(h_what_is_refused),
        cmocka_unit_test(i_streams),
        cmocka_unit_test(j_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
