/* Tests of value.c: layouts, and keys and scalars that are owned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/state_testing.h"

static void
layout_is_a_struct_of_the_fields(void **state)
{
    (void)state;
    struct {
        int64_t count;
        oz_scalar best;
        double sum;
    } value;
    const oz_field fields[] = {OZ_FIELD_INT64, OZ_FIELD_SCALAR, OZ_FIELD_FLOAT64, OZ_FIELD_END};
    ozi_layout layout;
    assert_ok(ozi_layout_of(fields, &layout));
    assert_int_equal(layout.size, sizeof(value));
    assert_int_equal(layout.scalar_count, 1);
    assert_int_equal(layout.offsets[0], (char *)&value.best - (char *)&value);
}

static void
layout_refuses_what_it_does_not_know(void **state)
{
    (void)state;
    oz_field fields[OZ_FIELDS_MAX + 1];
    ozi_layout layout;
    for (int i = 0; i <= OZ_FIELDS_MAX; i++) {
        fields[i] = OZ_FIELD_SCALAR;
    }
    assert_int_equal(ozi_layout_of(fields, &layout), OZ_INVALID);
    fields[OZ_FIELDS_MAX] = OZ_FIELD_END;
    assert_ok(ozi_layout_of(fields, &layout));
    assert_int_equal(layout.size, OZI_VALUE_MAX);
    fields[0] = (oz_field)99;
    assert_int_equal(ozi_layout_of(fields, &layout), OZ_INVALID);
}

static void
owned_text_is_a_copy(void **state)
{
    (void)state;
    ozi_owner owner = {.objects = NULL};
    ozi_pool_init(&owner.pool, oz_alloc_default());
    char text[] = "a text of some length";
    oz_scalar given = {.kind = OZ_SCALAR_BYTES, .size = sizeof(text) - 1, .as.data = text};
    oz_scalar owned;
    assert_ok(ozi_scalar_own(&owner, &given, &owned));
    text[0] = 'X';
    assert_int_equal(owned.kind, OZ_SCALAR_BYTES);
    assert_memory_equal(owned.as.data, "a text of some length", sizeof(text) - 1);
    ozi_scalar_disown(&owner, &owned);
    given.size = 0;
    assert_ok(ozi_scalar_own(&owner, &given, &owned));
    assert_non_null(owned.as.data);
    ozi_scalar_disown(&owner, &owned);
    ozi_pool_drop(&owner.pool);
}

static void
owned_object_is_retained(void **state)
{
    (void)state;
    ozi_owner owner = {.objects = NULL};
    ozi_pool_init(&owner.pool, oz_alloc_default());
    oz_object object = text_object_new("an object");
    oz_scalar given = {.kind = OZ_SCALAR_OBJECT, .as.object = object};
    oz_scalar owned;
    assert_int_equal(ozi_scalar_own(&owner, &given, &owned), OZ_INVALID);
    owner.objects = &text_object_class;
    assert_ok(ozi_scalar_own(&owner, &given, &owned));
    text_object_class.release(object);
    assert_int_equal(text_object_live, 1);
    assert_int_equal(owner.object_count, 1);
    assert_string_equal(text_object_text(owned.as.object), "an object");
    ozi_scalar_disown(&owner, &owned);
    assert_int_equal(text_object_live, 0);
}

static void
owned_key_equals_the_one_given(void **state)
{
    (void)state;
    ozi_owner owner = {.objects = NULL};
    ozi_pool_init(&owner.pool, oz_alloc_default());
    oz_status status = OZ_OK;
    const char *texts[] = {"", "short", "fourteen bytes", "a text that is longer than a key"};
    for (size_t i = 0; i < 4; i++) {
        oz_key given = test_text_key(texts[i]);
        oz_key owned;
        assert_ok(ozi_key_own(&owner, &given, &owned));
        assert_true(ozi_key_equal(&given, &owned, NULL, &status));
        assert_true(i == 3 ? owned.low != given.low : owned.low == given.low);
        ozi_key_disown(&owner, &owned);
    }
    owner.objects = &text_object_class;
    oz_object object = text_object_new("object");
    oz_key given = {(uint64_t)(uintptr_t)object, OZI_KEY_HIGH(OZI_KEY_OBJECT, 0)};
    oz_key owned;
    assert_ok(ozi_key_own(&owner, &given, &owned));
    text_object_class.release(object);
    assert_int_equal(text_object_live, 1);
    assert_int_equal(owner.object_count, 1);
    ozi_key_disown(&owner, &owned);
    assert_int_equal(text_object_live, 0);
    ozi_pool_drop(&owner.pool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_a_struct_of_the_fields),
        cmocka_unit_test(layout_refuses_what_it_does_not_know),
        cmocka_unit_test(owned_text_is_a_copy),
        cmocka_unit_test(owned_object_is_retained),
        cmocka_unit_test(owned_key_equals_the_one_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
