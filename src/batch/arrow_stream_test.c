#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "ouzel/arrow.h"

static oz_status
make(const oz_alloc *alloc, oz_type type, const oz_scalar *values, size_t count,
     const oz_batch **out)
{
    const oz_column *column = NULL;
    OZ_TRY(test_column(alloc, type, values, count, &column));
    return oz_batch_new(alloc, &column, (const char *const[]){"n"}, 1, NULL, out);
}

/* Imports all of a stream, which is released, into a text. */
static void
assert_stream(struct ArrowArrayStream *stream, const char *format, const char *text)
{
    struct ArrowSchema schema;
    const oz_batch *batch = NULL;
    char printed[1024] = "";
    size_t used = 0;
    assert_int_equal(stream->get_schema(stream, &schema), 0);
    assert_string_equal(schema.children[0]->format, format);
    for (;;) {
        assert_ok(oz_batch_import_next(oz_alloc_default(), &schema, stream, &batch, NULL));
        if (batch == NULL) {
            break;
        }
        used += ozi_batch_print(batch, printed + used, sizeof(printed) - used);
        oz_batch_release(&batch);
    }
    assert_string_equal(printed, text);
    schema.release(&schema);
    stream->release(stream);
    assert_null(stream->release);
}

static void
a_batches_one_by_one(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_batch *batches[4] = {NULL};
    struct ArrowArrayStream stream;
    assert_ok(make(alloc, OZ_OBJECT, LIST_OF(T_NULL), &batches[0]));
    assert_ok(make(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2)), &batches[1]));
    assert_ok(make(alloc, OZ_OBJECT, LIST_OF(T_INT(3), T_NULL), &batches[2]));
    assert_ok(make(alloc, OZ_OBJECT, NULL, 0, &batches[3]));
    assert_ok(oz_batches_export(batches, 4, &stream, NULL));
    assert_stream(&stream, "l", "{'n': None}\n{'n': 1}\n{'n': 2}\n{'n': 3}\n{'n': None}\n");
    assert_ok(oz_batches_export(batches, 1, &stream, NULL));
    for (int i = 0; i < 4; i++) {
        oz_batch_release(&batches[i]);
    }
    assert_stream(&stream, "n", "{'n': None}\n");
    assert_int_equal(text_object_live, 0);
}

static void
b_what_is_refused(void **state)
{
    (void)state;
    const oz_alloc *alloc = oz_alloc_default();
    const oz_batch *batches[2] = {NULL};
    const oz_column *column = NULL;
    struct ArrowArrayStream stream;
    oz_error error;
    assert_int_equal(oz_batches_export(NULL, 0, &stream, &error), OZ_INVALID);
    assert_ok(make(alloc, OZ_INT64, LIST_OF(T_INT(1)), &batches[0]));
    assert_ok(make(alloc, OZ_STRING, LIST_OF(T_TEXT("a")), &batches[1]));
    assert_int_equal(oz_batches_export(batches, 2, &stream, &error), OZ_INVALID);
    assert_string_equal(error.text, "column 'n' has not the same type in all batches");
    oz_batch_release(&batches[1]);
    assert_ok(make(alloc, OZ_OBJECT, LIST_OF(T_OBJECT("o")), &batches[1]));
    assert_int_equal(oz_batches_export(batches, 2, &stream, &error), OZ_INVALID);
    assert_string_equal(error.text, "column 'n' has objects that are not of one native type");
    oz_batch_release(&batches[1]);
    assert_ok(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1)), &column));
    assert_ok(test_batch(&column, &batches[1]));
    assert_int_equal(oz_batches_export(batches, 2, &stream, &error), OZ_INVALID);
    assert_string_equal(error.text, "batches whose columns have different names");
    oz_batch_release(&batches[0]);
    oz_batch_release(&batches[1]);
    assert_int_equal(text_object_live, 0);
}

static oz_status
scenario(const oz_alloc *alloc)
{
    const oz_batch *batches[2] = {NULL};
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray array;
    oz_status status = make(alloc, OZ_OBJECT, LIST_OF(T_NULL), &batches[0]);
    if (status == OZ_OK) {
        status = make(alloc, OZ_STRING, LIST_OF(T_TEXT("a")), &batches[1]);
    }
    if (status == OZ_OK) {
        status = oz_batches_export(batches, 2, &stream, NULL);
    }
    oz_batch_release(&batches[0]);
    oz_batch_release(&batches[1]);
    OZ_TRY(status);
    bool failed = stream.get_schema(&stream, &schema) != 0;
    if (!failed) {
        schema.release(&schema);
        failed = stream.get_next(&stream, &array) != 0;
    }
    if (!failed) {
        array.release(&array);
    } else {
        assert_string_equal(stream.get_last_error(&stream), "no memory to export a batch");
    }
    stream.release(&stream);
    return failed ? OZ_NO_MEMORY : OZ_OK;
}

static void
c_no_memory(void **state)
{
    (void)state;
    assert_survives(scenario);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batches_one_by_one),
        cmocka_unit_test(b_what_is_refused),
        cmocka_unit_test(c_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
