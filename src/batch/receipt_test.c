/* Tests of receipts: who holds them, alone and together, and row data that does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc.h"
#include "batch/receipt.h"
#include "batch/rows.h"

static int done_count;

static void
count_done(oz_receipt *receipt)
{
    (void)receipt;
    done_count++;
}

/* Held once, by the test. */
static oz_receipt *
begin(oz_receipt *receipt)
{
    *receipt = (oz_receipt){.references = 1, .done = count_done};
    return receipt;
}

static void
last_holder_ends_it(void **state)
{
    (void)state;
    oz_receipt first;
    oz_receipt *held = begin(&first);
    oz_receipt *more = oz_receipt_retain(held);
    done_count = 0;
    oz_receipt_release(&held);
    assert_null(held);
    assert_int_equal(done_count, 0);
    oz_receipt_release(&more);
    assert_int_equal(done_count, 1);
    oz_receipt_release(&more);
    assert_null(oz_receipt_retain(NULL));
}

static void
several_are_held_as_one(void **state)
{
    (void)state;
    oz_receipt left, right;
    oz_receipt *a = begin(&left);
    oz_receipt *b = begin(&right);
    oz_receipt *both = NULL;
    oz_receipt *one = NULL;
    assert_int_equal(ozi_receipt_merge(oz_alloc_default(), a, b, &both), OZ_OK);
    assert_int_equal(ozi_receipt_merge(oz_alloc_default(), NULL, a, &one), OZ_OK);
    assert_ptr_equal(one, a);
    oz_receipt_release(&one);
    assert_int_equal(ozi_receipt_merge(oz_alloc_default(), a, a, &one), OZ_OK);
    assert_ptr_equal(one, a);
    oz_receipt_release(&one);
    assert_int_equal(ozi_receipt_merge(oz_alloc_default(), NULL, NULL, &one), OZ_OK);
    assert_null(one);
    done_count = 0;
    oz_receipt_release(&a);
    oz_receipt_release(&b);
    assert_int_equal(done_count, 0);
    oz_receipt_release(&both);
    assert_int_equal(done_count, 2);
}

/* Each holds the ones before it: they must not be let go of by recursion. */
static void
a_long_chain_ends_at_once(void **state)
{
    (void)state;
    enum { LONG = 1000000 };
    static oz_receipt receipts[LONG];
    oz_receipt *chain = NULL;
    for (int i = 0; i < LONG; i++) {
        oz_receipt *before = chain;
        oz_receipt *one = begin(&receipts[i]);
        assert_int_equal(ozi_receipt_merge(oz_alloc_default(), before, one, &chain), OZ_OK);
        oz_receipt_release(&one);
        oz_receipt_release(&before);
    }
    done_count = 0;
    oz_receipt_release(&chain);
    assert_int_equal(done_count, LONG);
}

static void
row_data_holds_it_as_long_as_any_part_of_it_lives(void **state)
{
    (void)state;
    oz_receipt receipt;
    oz_rows on_stack = {.references = OZ_ON_STACK,
                        .alloc = oz_alloc_default(),
                        .receipt = begin(&receipt)};
    const oz_rows *kept = NULL;
    const oz_rows *repeated = NULL;
    int32_t counts[] = {3};
    assert_int_equal(ozi_rows_retain(&on_stack, 1, &kept), OZ_OK);
    assert_ptr_not_equal(kept, &on_stack);
    assert_int_equal(ozi_rows_repeat(kept, counts, 1, 3, &repeated), OZ_OK);
    done_count = 0;
    oz_receipt_release(&on_stack.receipt);
    oz_rows_release(&kept);
    assert_int_equal(done_count, 0);
    assert_ptr_equal(repeated->receipt, &receipt);
    oz_rows_release(&repeated);
    assert_int_equal(done_count, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_holder_ends_it),
        cmocka_unit_test(several_are_held_as_one),
        cmocka_unit_test(a_long_chain_ends_at_once),
        cmocka_unit_test(row_data_holds_it_as_long_as_any_part_of_it_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
