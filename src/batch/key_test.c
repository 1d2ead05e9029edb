#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_testing.h"
#include "batch/key.h"
#include "batch/key_encode.h"
#include "batch/rows.h"

enum { SEED = 12345, TEXT_MAX = 100 };

/* The key of a scalar, or of an opaque object of that text. */
static oz_key
key_of(ozi_key_encoder *encoder, oz_scalar scalar, oz_object *object)
{
    oz_key key;
    *object =
        scalar.kind == OZ_SCALAR_OBJECT ? text_object_new(scalar.as.data) : text_object_of(scalar);
    assert_ok(ozi_key_of_object(encoder, *object, &key));
    return key;
}

static void
assert_same(oz_scalar left, oz_scalar right, bool same)
{
    ozi_key_encoder encoder = {.alloc = oz_alloc_default(), .objects = &text_object_class};
    oz_object objects[2];
    oz_key a = key_of(&encoder, left, &objects[0]);
    oz_key b = key_of(&encoder, right, &objects[1]);
    oz_status status = OZ_OK;
    assert_int_equal(ozi_key_equal(&a, &b, &text_object_class, &status), same);
    assert_int_equal(ozi_key_equal(&b, &a, &text_object_class, &status), same);
    assert_ok(status);
    uint64_t hashes[2];
    assert_ok(ozi_key_hash(&a, SEED, &text_object_class, &hashes[0]));
    assert_ok(ozi_key_hash(&b, SEED, &text_object_class, &hashes[1]));
    assert_int_equal(hashes[0] == hashes[1], same);
    text_object_class.release_many(objects, 2);
    ozi_key_encoder_close(&encoder);
    assert_int_equal(text_object_live, 0);
}

static void
a_equal_in_python_equal_here(void **state)
{
    (void)state;
    assert_same(T_INT(1), T_FLOAT(1), true);
    assert_same(T_INT(1), T_BOOL(true), true);
    assert_same(T_BOOL(false), T_FLOAT(-0.0), true);
    assert_same(T_FLOAT(0.0), T_FLOAT(-0.0), true);
    assert_same(T_FLOAT(NAN), T_FLOAT(-NAN), true);
    assert_same(T_INT(INT64_MIN), T_FLOAT(-0x1p63), true);
    assert_same(T_FLOAT(0x1p70), T_OBJECT("2^70"), true);
    assert_same(T_OBJECT("2^70"), T_OBJECT("2^70"), true);
    assert_same(T_OBJECT("(1, 2)"), T_OBJECT("(1, 2)"), true);
    assert_same(T_OBJECT("x"), T_OBJECT("x"), true);
    assert_same(T_NULL, T_NULL, true);
}

static void
b_all_else_differs(void **state)
{
    (void)state;
    assert_same(T_INT(1), T_INT(2), false);
    assert_same(T_INT(1), T_FLOAT(1.5), false);
    assert_same(T_INT(INT64_MAX), T_FLOAT(0x1p63), false);
    assert_same(T_INT(0), T_NULL, false);
    assert_same(T_INT(0), T_TEXT(""), false);
    assert_same(T_INT(1), T_TIME(1), false);
    assert_same(T_TEXT("a"), T_BYTES("a"), false);
    assert_same(T_TEXT("a"), T_TEXT("a\0"), false);
    assert_same(T_TEXT(""), T_NULL, false);
    assert_same(T_FLOAT(0x1p70), T_OBJECT("2^71"), false);
    assert_same(T_FLOAT(INFINITY), T_FLOAT(-INFINITY), false);
    assert_same(T_OBJECT("(1, 2)"), T_OBJECT("(1, 3)"), false);
    assert_same(T_OBJECT("(1, 2)"), T_OBJECT("(1, 2, 3)"), false);
    assert_same(T_OBJECT("x"), T_OBJECT("y"), false);
    assert_same(T_OBJECT("x"), T_TEXT("x"), false);
}

static void
c_texts_of_every_size(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    char copy[TEXT_MAX];
    oz_status status = OZ_OK;
    memset(text, 'x', sizeof(text));
    memset(copy, 'x', sizeof(copy));
    for (uint32_t size = 0; size < TEXT_MAX; size++) {
        oz_key key = ozi_key_of_text(OZ_STRING, text, size);
        oz_key same = ozi_key_of_text(OZ_STRING, copy, size);
        oz_key longer = ozi_key_of_text(OZ_STRING, copy, size + 1);
        oz_key bytes = ozi_key_of_text(OZ_BYTES, copy, size);
        assert_int_equal(ozi_key_points(&key), size > OZI_KEY_INLINE_MAX);
        assert_true(ozi_key_equal(&key, &same, NULL, &status));
        assert_false(ozi_key_equal(&key, &longer, NULL, &status));
        assert_false(ozi_key_equal(&key, &bytes, NULL, &status));
        oz_scalar scalar;
        assert_true(ozi_key_scalar(&key, &scalar));
        assert_int_equal(scalar.kind, OZ_SCALAR_STRING);
        assert_int_equal(scalar.size, size);
        assert_memory_equal(scalar.as.data, text, size);
        if (size > 0) {
            copy[size - 1] = 'y';
            oz_key other = ozi_key_of_text(OZ_STRING, copy, size);
            assert_false(ozi_key_equal(&key, &other, NULL, &status));
            copy[size - 1] = 'x';
        }
    }
}

static void
assert_given_back(oz_scalar scalar, const char *text)
{
    ozi_key_encoder encoder = {.alloc = oz_alloc_default(), .objects = &text_object_class};
    oz_object object;
    oz_object back = NULL;
    oz_key key = key_of(&encoder, scalar, &object);
    assert_ok(ozi_key_object(&key, &text_object_class, &back));
    assert_string_equal(text_object_text(back), text);
    text_object_class.release(back);
    text_object_class.release(object);
    ozi_key_encoder_close(&encoder);
}

static void
d_keys_are_given_back_as_they_came(void **state)
{
    (void)state;
    assert_given_back(T_NULL, "None");
    assert_given_back(T_INT(-5), "-5");
    assert_given_back(T_BOOL(true), "True");
    assert_given_back(T_FLOAT(2.0), "2");
    assert_given_back(T_FLOAT(2.5), "2.5");
    assert_given_back(T_FLOAT(NAN), "nan");
    assert_given_back(T_TIME(9), "9");
    assert_given_back(T_TEXT("a"), "'a'");
    assert_given_back(T_BYTES("more than fourteen bytes"), "b'more than fourteen bytes'");
    assert_given_back(T_OBJECT("(1, 2)"), "(1, 2)");
    assert_given_back(T_OBJECT("2^70"), "2^70");
    assert_given_back(T_OBJECT("x"), "x");
    assert_int_equal(text_object_live, 0);
    oz_scalar scalar;
    oz_key key = ozi_key_of_float64(2.0);
    assert_true(ozi_key_scalar(&key, &scalar));
    assert_int_equal(scalar.kind, OZ_SCALAR_FLOAT64);
    key = (oz_key){0, 0};
    assert_int_equal(ozi_key_kind_of(&key), OZI_KEY_NONE);
}

static void
e_keys_move_to_those_who_keep_them(void **state)
{
    (void)state;
    uint64_t memory[16];
    char text[] = "more than fourteen bytes";
    oz_status status = OZ_OK;
    oz_key key = ozi_key_of_text(OZ_STRING, text, sizeof(text) - 1);
    assert_int_equal(ozi_key_outside_bytes(&key), sizeof(text) - 1);
    oz_key moved = ozi_key_moved(&key, memory);
    assert_true(ozi_key_equal(&key, &moved, NULL, &status));
    text[0] = '-';
    assert_false(ozi_key_equal(&key, &moved, NULL, &status));
    key = ozi_key_of_int64(3, OZI_KEY_SHOW_INT);
    assert_int_equal(ozi_key_outside_bytes(&key), 0);
    moved = ozi_key_moved(&key, NULL);
    assert_true(ozi_key_equal(&key, &moved, NULL, &status));
    ozi_key_encoder encoder = {.alloc = oz_alloc_default(), .objects = &text_object_class};
    oz_object object;
    key = key_of(&encoder, T_OBJECT("(1, 2)"), &object);
    assert_int_equal(ozi_key_outside_bytes(&key), sizeof(ozi_key_encoded) + 6);
    moved = ozi_key_moved(&key, memory);
    assert_true(ozi_key_equal(&key, &moved, NULL, &status));
    text_object_class.release(object);
    ozi_key_encoder_close(&encoder);
}

static void
f_many_and_long_encoded_keys(void **state)
{
    (void)state;
    enum { KEYS = 50 };
    char text[700];
    oz_key keys[KEYS];
    oz_object object;
    oz_rows *rows = NULL;
    oz_status status = OZ_OK;
    assert_ok(ozi_rows_derive(oz_alloc_default(), NULL, 1, 0, &rows));
    ozi_key_encoder encoder = {.alloc = oz_alloc_default(),
                               .objects = &text_object_class,
                               .rows = rows};
    for (size_t i = 0; i < KEYS; i++) {
        memset(text, 'x', sizeof(text));
        text[0] = '(';
        text[1] = (char)('0' + i);
        text[2 + i * 13] = '\0';
        keys[i] = key_of(&encoder, (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.data = text}, &object);
        text_object_class.release(object);
    }
    ozi_key_encoder_close(&encoder);
    for (size_t i = 0; i < KEYS; i++) {
        for (size_t j = 0; j < KEYS; j++) {
            assert_int_equal(ozi_key_equal(&keys[i], &keys[j], NULL, &status), i == j);
        }
    }
    const oz_rows *held = rows;
    oz_rows_release(&held);
}

static void
g_an_equal_that_fails(void **state)
{
    (void)state;
    ozi_key_encoder encoder = {.alloc = oz_alloc_default(), .objects = &text_object_class};
    oz_object objects[2];
    oz_status status = OZ_OK;
    oz_key left = key_of(&encoder, T_OBJECT("x"), &objects[0]);
    oz_key right = key_of(&encoder, T_OBJECT("x"), &objects[1]);
    text_object_fail_after = 1;
    assert_false(ozi_key_equal(&left, &right, &text_object_class, &status));
    assert_int_equal(status, OZ_USER);
    text_object_fail_after = -1;
    text_object_class.release_many(objects, 2);
    ozi_key_encoder_close(&encoder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_equal_in_python_equal_here),
        cmocka_unit_test(b_all_else_differs),
        cmocka_unit_test(c_texts_of_every_size),
        cmocka_unit_test(d_keys_are_given_back_as_they_came),
        cmocka_unit_test(e_keys_move_to_those_who_keep_them),
        cmocka_unit_test(f_many_and_long_encoded_keys),
        cmocka_unit_test(g_an_equal_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
