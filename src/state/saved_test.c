/* Tests of saved.c: tables of every kind written down and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include <stdio.h>

#include "base/pack_memory.h"
#include "state/groups.h"
#include "state/state_testing.h"

#define LONG_TEXT "a text that is longer than a key"

/* Saves `from` and loads what was saved into `to`. */
static oz_status
copy_part(const oz_alloc *alloc, oz_table *from, oz_table *to, const ozi_part *part, ozi_save what)
{
    ozi_pack_memory stream;
    ozi_pack pack;
    ozi_unpack unpack;
    oz_status status = ozi_pack_to_memory(&stream, alloc, &pack);
    if (status == OZ_OK) {
        ozi_table_save(from, &pack, what, NULL);
        status = ozi_pack_finish(&pack);
    }
    if (status == OZ_OK && from->changes.touched == NULL) {
        status = OZ_NO_MEMORY; /* saved, but from now on not followed */
    }
    if (status == OZ_OK) {
        status = ozi_unpack_from_memory(&stream, alloc, &unpack);
    }
    if (status == OZ_OK) {
        ozi_table_load(to, &unpack, part, NULL);
        status = ozi_unpack_finish(&unpack);
    }
    ozi_vec_free(&stream.bytes);
    assert_true(ozi_table_check(to));
    return status;
}

static oz_status
copy(const oz_alloc *alloc, oz_table *from, oz_table *to)
{
    return copy_part(alloc, from, to, NULL, OZI_SAVE_ALL);
}

/* Fills a table, copies it into a new one, and compares: for a table of any kind. */
typedef struct round_trip {
    oz_table_decl decl;
    oz_status (*fill)(oz_table *table, const oz_alloc *alloc);
    void (*compare)(oz_table *table);
} round_trip;

static oz_status
run(const oz_alloc *alloc, const round_trip *trip)
{
    oz_table *from = NULL;
    oz_table *to = NULL;
    oz_status status = ozi_table_new(alloc, &text_object_class, &trip->decl, &from);
    if (status == OZ_OK) {
        status = ozi_table_new(alloc, &text_object_class, &trip->decl, &to);
    }
    if (status == OZ_OK) {
        status = trip->fill(from, alloc);
    }
    if (status == OZ_OK) {
        status = copy(alloc, from, to);
    }
    if (status == OZ_OK) {
        assert_int_equal(oz_table_count(to), oz_table_count(from));
        trip->compare(to);
    }
    ozi_table_free(&from);
    ozi_table_free(&to);
    return status;
}

/* ---- VALUE ----------------------------------------------------------------------------------- */

typedef struct entry {
    int64_t number;
    oz_scalar scalar;
    double real;
} entry;

static oz_status
put(oz_table *table, oz_key key, int64_t number, oz_scalar scalar)
{
    void *value;
    bool is_new;
    OZ_TRY(oz_table_put(table, &key, test_hash(&key), &value, &is_new));
    entry *made = value;
    made->number = number;
    made->real = (double)number / 2;
    return oz_scalar_assign(table, &made->scalar, &scalar);
}

static oz_status
put_object(oz_table *table, oz_key key, const char *text)
{
    oz_object object = text_object_new(text);
    oz_status status =
        put(table, key, 4, (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object});
    text_object_class.release(object);
    return status;
}

static oz_status
fill_values(oz_table *table, const oz_alloc *alloc)
{
    (void)alloc;
    OZ_TRY(put(table, test_key(1), 1, T_INT(10)));
    OZ_TRY(put(table, test_text_key(LONG_TEXT), 2, T_TEXT(LONG_TEXT)));
    OZ_TRY(put(table, test_text_key("cat"), 3, T_NULL));
    OZ_TRY(put_object(table, test_key(-7), "a cat"));
    entry *single = oz_table_single(table);
    single->number = 99;
    return oz_scalar_assign(table, &single->scalar, &T_BYTES("\0x"));
}

static const entry *
look_up(oz_table *table, oz_key key)
{
    const entry *found = oz_table_find(table, &key, test_hash(&key));
    assert_non_null(found);
    return found;
}

static void
compare_values(oz_table *table)
{
    const entry *found = look_up(table, test_text_key(LONG_TEXT));
    assert_int_equal(found->scalar.size, strlen(LONG_TEXT));
    assert_memory_equal(found->scalar.as.data, LONG_TEXT, strlen(LONG_TEXT));
    assert_int_equal(look_up(table, test_key(1))->scalar.as.int64, 10);
    assert_true(look_up(table, test_text_key("cat"))->real == 1.5);
    assert_string_equal(text_object_text(look_up(table, test_key(-7))->scalar.as.object), "a cat");
    const entry *single = oz_table_single(table);
    assert_int_equal(single->number, 99);
    assert_int_equal(single->scalar.size, 2);
    oz_cursor cursor = {0}; /* in the order of insertion */
    const oz_key *key;
    uint64_t hash;
    void *value;
    for (int64_t number = 1; oz_table_next(table, &cursor, &key, &hash, &value); number++) {
        assert_int_equal(((const entry *)value)->number, number);
        assert_int_equal(hash, test_hash(key));
    }
}

static oz_status
values(const oz_alloc *alloc)
{
    static const round_trip trip = {{.name = "t",
                                     .kind = OZ_TABLE_VALUE,
                                     .keyed = true,
                                     .fields = {OZ_FIELD_INT64, OZ_FIELD_SCALAR, OZ_FIELD_FLOAT64}},
                                    fill_values,
                                    compare_values};
    return run(alloc, &trip);
}

/* ---- LIST, MAP, QUEUE ------------------------------------------------------------------------ */

static oz_status
fill_list(oz_table *table, const oz_alloc *alloc)
{
    (void)alloc;
    const oz_key key = test_text_key("k");
    for (int64_t i = 0; i < 5; i++) {
        OZ_TRY(oz_list_push(table, &key, test_hash(&key), &T_INT(i)));
    }
    oz_list_pop(table, &key, test_hash(&key), 2);
    oz_object object = text_object_new("last");
    oz_status status = oz_list_push(table, &key, test_hash(&key),
                                    &(oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object});
    text_object_class.release(object);
    return status;
}

static void
compare_list(oz_table *table)
{
    const oz_key key = test_text_key("k");
    oz_scalar item;
    assert_int_equal(oz_list_length(table, &key, test_hash(&key)), 4);
    assert_true(oz_list_front(table, &key, test_hash(&key), &item));
    assert_int_equal(item.as.int64, 2);
    assert_true(oz_list_at(table, &key, test_hash(&key), 3, &item));
    assert_string_equal(text_object_text(item.as.object), "last");
}

static oz_status
fill_map(oz_table *table, const oz_alloc *alloc)
{
    (void)alloc;
    for (int64_t i = 0; i < 20; i++) {
        const oz_key key = test_key(i % 2);
        const oz_key sub = test_key(100 - i);
        void *value;
        bool is_new;
        OZ_TRY(oz_map_put(table, &key, test_hash(&key), &sub, &value, &is_new));
        *(int64_t *)value = i;
    }
    return OZ_OK;
}

static void
compare_map(oz_table *table)
{
    const oz_key key = test_key(1);
    const oz_key sub = test_key(93);
    assert_int_equal(oz_map_count(table, &key, test_hash(&key)), 10);
    const int64_t *value = oz_map_find(table, &key, test_hash(&key), &sub);
    assert_int_equal(*value, 7);
    oz_cursor cursor = {0};
    const oz_key *found;
    void *first;
    assert_true(oz_map_next(table, &key, test_hash(&key), &cursor, &found, &first));
    assert_int_equal(*(int64_t *)first, 1);
}

static oz_status
push_range(oz_table *table, const oz_alloc *alloc, int64_t due_ns)
{
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    OZ_TRY(test_column(alloc, OZ_INT64, LIST_OF(T_INT(1), T_INT(2), T_INT(3)), &column));
    OZ_TRY(test_batch(&column, &batch));
    oz_status status = oz_queue_push(table, batch, due_ns);
    oz_batch_release(&batch);
    return status;
}

static oz_status
fill_queue(oz_table *table, const oz_alloc *alloc)
{
    const oz_batch *left = NULL;
    OZ_TRY(push_range(table, alloc, 50));
    OZ_TRY(oz_queue_push_watermark(table, 7));
    OZ_TRY(push_range(table, alloc, 60));
    OZ_TRY(oz_queue_pop(table, 1, &left));
    oz_batch_release(&left);
    return OZ_OK;
}

static void
compare_queue(oz_table *table)
{
    const oz_batch *batch = NULL;
    int64_t time_ns;
    assert_int_equal(oz_table_count(table), 5);
    assert_true(oz_queue_due(table, &time_ns));
    assert_int_equal(time_ns, 50);
    if (oz_queue_pop(table, 10, &batch) == OZ_OK) {
        assert_batch(batch, "2\n3\n");
        oz_batch_release(&batch);
        assert_true(oz_queue_pop_watermark(table, &time_ns));
        assert_int_equal(time_ns, 7);
    }
}

static oz_status
other_kinds(const oz_alloc *alloc)
{
    static const round_trip trips[] = {
        {{.name = "t", .kind = OZ_TABLE_LIST, .keyed = true}, fill_list, compare_list},
        {{.name = "t", .kind = OZ_TABLE_MAP, .keyed = true, .fields = {OZ_FIELD_INT64}},
         fill_map,
         compare_map},
        {{.name = "t", .kind = OZ_TABLE_QUEUE}, fill_queue, compare_queue},
    };
    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        OZ_TRY(run(alloc, &trips[i]));
    }
    return OZ_OK;
}

static void
a_value_table_comes_back(void **state)
{
    (void)state;
    assert_ok(values(oz_alloc_default()));
    assert_survives(values);
}

static void
lists_maps_and_queues_come_back(void **state)
{
    (void)state;
    assert_ok(other_kinds(oz_alloc_default()));
    assert_survives(other_kinds);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void
a_table_declared_otherwise_is_refused(void **state)
{
    (void)state;
    oz_table *from = test_counts(oz_alloc_default());
    assert_ok(test_add(from, test_key(1), 5));
    oz_table *others[] = {
        test_table(oz_alloc_default(), OZ_TABLE_VALUE, true, OZ_FIELD_SCALAR),
        test_table(oz_alloc_default(), OZ_TABLE_VALUE, false, OZ_FIELD_INT64),
        test_table(oz_alloc_default(), OZ_TABLE_LIST, true, OZ_FIELD_END),
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(copy(oz_alloc_default(), from, others[i]), OZ_INVALID);
        ozi_table_free(&others[i]);
    }
    ozi_table_free(&from);
}

static void
many_entries_come_back_in_order(void **state)
{
    (void)state;
    oz_table *from = test_counts(oz_alloc_default());
    oz_table *to = test_counts(oz_alloc_default());
    for (int64_t i = 0; i < 50000; i++) {
        assert_ok(test_add(from, test_key(i * i), i));
    }
    assert_ok(copy(oz_alloc_default(), from, to));
    oz_cursor cursor = {0};
    const oz_key *key;
    uint64_t hash;
    void *value;
    for (int64_t i = 0; oz_table_next(to, &cursor, &key, &hash, &value); i++) {
        assert_int_equal(*(int64_t *)value, i);
    }
    assert_int_equal(oz_table_count(to), 50000);
    ozi_table_free(&from);
    ozi_table_free(&to);
}

/* ---- of several workers ---------------------------------------------------------------------- */

static void
sum(void *into, const void *value, bool is_first)
{
    int64_t *all = into;
    *all = (is_first ? 1000 : *all) + *(const int64_t *)value;
}

/* What was broadcast to three workers is all there on each of two, once. */
/* The shares of two workers. */
static ozi_owners two;

static void
a_broadcast_table_goes_to_all(void **state)
{
    (void)state;
    const oz_table_decl decl = {.name = "rates",
                                .kind = OZ_TABLE_VALUE,
                                .keyed = true,
                                .fields = {OZ_FIELD_INT64},
                                .broadcast = true};
    for (uint32_t worker = 0; worker < 2; worker++) {
        oz_table *to = NULL;
        assert_ok(ozi_table_new(oz_alloc_default(), NULL, &decl, &to));
        for (uint32_t file = 0; file < 3; file++) {
            oz_table *from = NULL;
            const ozi_part part = {.file = file, .files = 3, .worker = worker, .owners = &two};
            assert_ok(ozi_table_new(oz_alloc_default(), NULL, &decl, &from));
            *(int64_t *)oz_table_single(from) = 77;
            for (int64_t i = 0; i < 1000; i++) {
                assert_ok(test_add(from, test_key(i), 7));
            }
            assert_ok(copy_part(oz_alloc_default(), from, to, &part, OZI_SAVE_ALL));
            ozi_table_free(&from);
        }
        assert_int_equal(oz_table_count(to), 1000);
        for (int64_t i = 0; i < 1000; i++) {
            assert_int_equal(test_amount(to, test_key(i)), 7);
        }
        assert_int_equal(*(int64_t *)oz_table_single(to), 77);
        ozi_table_free(&to);
    }
}

/* Three workers had 1, 2 and 4, and two go on: each from all of them, or from its own. */
static void
the_one_value_is_merged_or_kept(void **state)
{
    (void)state;
    oz_table_decl decl = {.name = "one", .kind = OZ_TABLE_VALUE, .fields = {OZ_FIELD_INT64}};
    for (uint32_t worker = 0; worker < 2; worker++) {
        for (int merges = 0; merges < 2; merges++) {
            oz_table *to = NULL;
            decl.merge = merges ? sum : NULL;
            assert_ok(ozi_table_new(oz_alloc_default(), NULL, &decl, &to));
            for (uint32_t file = 0; file < 3; file++) {
                oz_table *from = NULL;
                const ozi_part part = {.file = file, .files = 3, .worker = worker, .owners = &two};
                assert_ok(ozi_table_new(oz_alloc_default(), NULL, &decl, &from));
                *(int64_t *)oz_table_single(from) = 1 << file;
                assert_ok(copy_part(oz_alloc_default(), from, to, &part, OZI_SAVE_ALL));
                ozi_table_free(&from);
            }
            assert_int_equal(*(int64_t *)oz_table_single(to), merges ? 1007 : 1 << worker);
            ozi_table_free(&to);
        }
    }
}

/* ---- changes --------------------------------------------------------------------------------- */

enum { EPOCHS = 60, CHANGES = 200, KEYS = 400 };

/* Keys of both sorts: those that lie in the entry, and those that point. */
static oz_key
drawn_key(uint64_t *seed, char *text)
{
    uint32_t number = test_draw(seed, KEYS);
    (void)snprintf(text, 64, "a key that is long enough to point %u", number);
    return number % 2 == 0 ? test_key(number) : test_text_key(text);
}

static void
change_value(oz_table *table, const oz_key *key, uint64_t hash, uint64_t *seed)
{
    void *value;
    bool is_new;
    if (test_draw(seed, 3) == 0) {
        oz_table_remove(table, key, hash);
        return;
    }
    assert_ok(oz_table_put(table, key, hash, &value, &is_new));
    ++*(int64_t *)value;
    if (table->layout.scalar_count > 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "the value of one key, number %u", test_draw(seed, 1000));
        assert_ok(oz_scalar_assign(table, &((entry *)value)->scalar, &T_TEXT(text)));
    }
}

static void
change_list(oz_table *table, const oz_key *key, uint64_t hash, uint64_t *seed)
{
    if (test_draw(seed, 3) == 0) {
        oz_list_pop(table, key, hash, 2);
    } else {
        assert_ok(oz_list_push(table, key, hash, &T_INT(test_draw(seed, 1000))));
    }
}

static void
change_map(oz_table *table, const oz_key *key, uint64_t hash, uint64_t *seed)
{
    void *value;
    bool is_new;
    oz_key sub = test_key(test_draw(seed, 4));
    if (test_draw(seed, 2) == 0) {
        oz_map_remove(table, key, hash, &sub);
    } else {
        assert_ok(oz_map_put(table, key, hash, &sub, &value, &is_new));
        ++*(int64_t *)value;
    }
}

/* All that a table has, as it is written down: tables that are alike give the same bytes. */
static void
write_all(oz_table *table, ozi_pack_memory *stream)
{
    ozi_pack pack;
    ozi_changes followed = table->changes;
    table->changes = (ozi_changes){.room = 0};
    assert_ok(ozi_pack_to_memory(stream, oz_alloc_default(), &pack));
    ozi_table_save(table, &pack, OZI_SAVE_ALL, NULL);
    assert_ok(ozi_pack_finish(&pack));
    ozi_changes_end(&table->changes, table->alloc);
    table->changes = followed;
}

/* `written` (freed) is what `table` has. */
static void
assert_written(ozi_pack_memory *written, oz_table *table)
{
    ozi_pack_memory now;
    write_all(table, &now);
    assert_int_equal(written->bytes.count, now.bytes.count);
    assert_memory_equal(written->bytes.items, now.bytes.items, now.bytes.count);
    ozi_vec_free(&written->bytes);
    ozi_vec_free(&now.bytes);
}

static void
assert_alike(oz_table *left, oz_table *right)
{
    ozi_pack_memory written;
    write_all(left, &written);
    assert_written(&written, right);
}

typedef void
change(oz_table *table, const oz_key *key, uint64_t hash, uint64_t *seed);

static void
change_some(oz_table *table, change *change, uint32_t changes, uint64_t *seed)
{
    char text[64];
    for (uint32_t i = 0; i < changes; i++) {
        oz_key key = drawn_key(seed, text);
        change(table, &key, test_hash(&key), seed);
    }
}

/* Saves `from` while it changes; what is loaded into `to` is what it was when that began. */
static void
copy_while_it_changes(oz_table *from, oz_table *to, change *change, uint64_t *seed)
{
    ozi_groups groups[OZI_LATER_MAX];
    ozi_later_groups later_groups = {.items = groups};
    ozi_later later = {.entries_min = 1};
    ozi_pack_memory before;
    ozi_pack_memory stream;
    ozi_pack pack;
    ozi_unpack unpack;
    write_all(from, &before);
    assert_ok(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack));
    ozi_table_save(from, &pack, OZI_SAVE_CHANGES, &later);
    bool is_cleared = test_draw(seed, 20) == 0;
    do {
        change_some(from, change, test_draw(seed, 40), seed);
        if (is_cleared) {
            ozi_table_clear(from);
        }
    } while (!ozi_later_slice(&later, 1));
    ozi_later_end(&pack);
    assert_ok(ozi_pack_finish(&pack));
    assert_ok(ozi_unpack_from_memory(&stream, oz_alloc_default(), &unpack));
    ozi_table_load(to, &unpack, NULL, &later_groups);
    assert_int_equal(later_groups.count, later.count);
    ozi_later_load(&later_groups, &unpack);
    assert_ok(ozi_unpack_finish(&unpack));
    assert_true(ozi_table_check(to));
    assert_written(&before, to);
    ozi_vec_free(&stream.bytes);
}

static void
copy_at_rest(oz_table *from, oz_table *to, change *change, uint64_t *seed)
{
    (void)change;
    if (test_draw(seed, 20) == 0) {
        ozi_table_clear(from); /* then it is no longer followed */
    }
    assert_ok(copy_part(oz_alloc_default(), from, to, NULL, OZI_SAVE_CHANGES));
    assert_alike(from, to);
}

typedef void
copy_changes(oz_table *from, oz_table *to, change *change, uint64_t *seed);

/* A copy that is given nothing but the changes is always the same table, entry by entry. */
static void
follow(const oz_table_decl *decl, copy_changes *copy_changes, change *change, uint64_t seed)
{
    oz_table *from = NULL;
    oz_table *to = NULL;
    assert_ok(ozi_table_new(oz_alloc_default(), &text_object_class, decl, &from));
    assert_ok(ozi_table_new(oz_alloc_default(), &text_object_class, decl, &to));
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        change_some(from, change, epoch % 7 == 6 ? 0 : test_draw(&seed, CHANGES), &seed);
        copy_changes(from, to, change, &seed);
    }
    ozi_table_free(&from);
    ozi_table_free(&to);
}

static void
in_each_way(const oz_table_decl *decl, change *change, uint64_t seed)
{
    follow(decl, copy_at_rest, change, seed);
    follow(decl, copy_while_it_changes, change, seed);
}

static void
changes_make_the_same_table(void **state)
{
    (void)state;
    const oz_table_decl counts = {.name = "t",
                                  .kind = OZ_TABLE_VALUE,
                                  .keyed = true,
                                  .fields = {OZ_FIELD_INT64}};
    const oz_table_decl values = {.name = "t",
                                  .kind = OZ_TABLE_VALUE,
                                  .keyed = true,
                                  .fields = {OZ_FIELD_INT64, OZ_FIELD_SCALAR, OZ_FIELD_FLOAT64}};
    const oz_table_decl lists = {.name = "t", .kind = OZ_TABLE_LIST, .keyed = true};
    const oz_table_decl maps = {.name = "t",
                                .kind = OZ_TABLE_MAP,
                                .keyed = true,
                                .fields = {OZ_FIELD_INT64}};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        in_each_way(&counts, change_value, seed);
        in_each_way(&values, change_value, seed);
        in_each_way(&lists, change_list, seed);
        in_each_way(&maps, change_map, seed);
    }
}

/* What has changed is all that is written: of 50,000 counts one, with its group. */
static void
changes_are_small(void **state)
{
    (void)state;
    oz_table *table = test_counts(oz_alloc_default());
    ozi_pack_memory stream;
    ozi_pack pack;
    for (int64_t i = 0; i < 50000; i++) {
        assert_ok(test_add(table, test_key(i), 1));
    }
    for (int round = 0; round < 2; round++) {
        assert_int_equal(test_amount(table, test_key(17)), 1);
        assert_ok(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack));
        ozi_table_save(table, &pack, OZI_SAVE_CHANGES, NULL);
        assert_ok(ozi_pack_finish(&pack));
        assert_true(round == 0 ? stream.bytes.count > 1000000 : stream.bytes.count < 128);
        ozi_vec_free(&stream.bytes);
    }
    ozi_table_free(&table);
}

/* Who only looks a sub-key up changes nothing. */
static void
looking_is_no_change(void **state)
{
    (void)state;
    oz_table *table = test_table(oz_alloc_default(), OZ_TABLE_MAP, true, OZ_FIELD_INT64);
    ozi_pack_memory stream;
    ozi_pack pack;
    oz_key key = test_key(1);
    void *value;
    bool is_new;
    for (int64_t i = 0; i < 1000; i++) {
        oz_key sub = test_key(i);
        assert_ok(oz_map_put(table, &key, test_hash(&key), &sub, &value, &is_new));
    }
    for (int round = 0; round < 2; round++) {
        oz_key sub = test_key(17);
        assert_non_null(oz_map_find(table, &key, test_hash(&key), &sub));
        assert_ok(ozi_pack_to_memory(&stream, oz_alloc_default(), &pack));
        ozi_table_save(table, &pack, OZI_SAVE_CHANGES, NULL);
        assert_ok(ozi_pack_finish(&pack));
        assert_true(round == 0 ? stream.bytes.count > 10000 : stream.bytes.count < 64);
        ozi_vec_free(&stream.bytes);
    }
    ozi_table_free(&table);
}

/* Changes of a table that is not there, or of one that has less, are no state. */
static void
changes_need_what_they_change(void **state)
{
    (void)state;
    oz_table *from = test_counts(oz_alloc_default());
    oz_table *to = test_counts(oz_alloc_default());
    for (int64_t i = 0; i < 100; i++) {
        assert_ok(test_add(from, test_key(i), 1));
        assert_ok(i == 49 ? copy_part(oz_alloc_default(), from, to, NULL, OZI_SAVE_ALL) : OZ_OK);
    }
    ozi_table_clear(to);
    assert_int_equal(copy_part(oz_alloc_default(), from, to, NULL, OZI_SAVE_CHANGES), OZ_CORRUPT);
    assert_int_equal(oz_table_count(to), 0);
    ozi_table_free(&from);
    ozi_table_free(&to);
}

int
main(void)
{
    ozi_owners_init(&two, 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_table_comes_back),
        cmocka_unit_test(lists_maps_and_queues_come_back),
        cmocka_unit_test(a_table_declared_otherwise_is_refused),
        cmocka_unit_test(many_entries_come_back_in_order),
        cmocka_unit_test(a_broadcast_table_goes_to_all),
        cmocka_unit_test(the_one_value_is_merged_or_kept),
        cmocka_unit_test(changes_make_the_same_table),
        cmocka_unit_test(changes_are_small),
        cmocka_unit_test(looking_is_no_change),
        cmocka_unit_test(changes_need_what_they_change),
    };
    return cmocka_run_group_tests_name("state/saved", tests, NULL, NULL);
}
