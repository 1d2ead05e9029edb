/* Rows as text: reading them into batches, and printing them. */
#include "kit/steps_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "batch/key.h"
#include "batch/print.h"

/* ---- reading --------------------------------------------------------------------------------- */

static oz_scalar
text_scalar(oz_scalar_kind kind, const char *begin, const char *end)
{
    return (oz_scalar){.kind = kind, .size = (uint32_t)(end - begin), .as.data = begin};
}

static bool
is_word(const char *begin, const char *end, const char *word)
{
    return strlen(word) == (size_t)(end - begin) && memcmp(begin, word, strlen(word)) == 0;
}

static oz_scalar
word_scalar(const char *begin, const char *end)
{
    char *number_end;
    if (is_word(begin, end, "None")) {
        return (oz_scalar){.kind = OZ_SCALAR_NULL};
    }
    if (is_word(begin, end, "True") || is_word(begin, end, "False")) {
        return (oz_scalar){.kind = OZ_SCALAR_BOOL, .as.boolean = *begin == 'T'};
    }
    long long integer = strtoll(begin, &number_end, 10);
    if (number_end == end) {
        return (oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = integer};
    }
    double number = strtod(begin, &number_end);
    if (number_end == end) {
        return (oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = number};
    }
    return text_scalar(OZ_SCALAR_OBJECT, begin, end);
}

/* Behind the bracket that closes the one at `text`. */
static const char *
behind_bracket(const char *text)
{
    int depth = 0;
    do {
        depth += *text == '[' || *text == '{' || *text == '(';
        depth -= *text == ']' || *text == '}' || *text == ')';
        text++;
    } while (depth > 0 && *text != '\0');
    return text;
}

/* One value; returns what is behind it. */
static const char *
parse_value(const char *text, oz_scalar *out)
{
    const char *end = text;
    if (*text == '\'') {
        end = strchr(text + 1, '\'');
        assert_non_null(end);
        *out = text_scalar(OZ_SCALAR_STRING, text + 1, end);
        return end + 1;
    }
    if (*text == '[' || *text == '{' || *text == '(') {
        end = behind_bracket(text);
        *out = text_scalar(OZ_SCALAR_OBJECT, text, end);
        return end;
    }
    while (*end != '\0' && strchr(" :,)", *end) == NULL) {
        end++;
    }
    assert_true(end > text);
    *out = word_scalar(text, end);
    return end;
}

static const char *
parse_tuple(const char *text, steps_row *row)
{
    while (*text != ')') {
        assert_in_range(row->item_count, 0, STEPS_ITEMS_MAX - 1);
        text = parse_value(text + 1, &row->items[row->item_count++]);
        text += *text == ',' && text[1] == ' ';
    }
    return text + 1;
}

static const char *
parse_row(const char *text, steps_row *row)
{
    *row = (steps_row){.item_count = 0};
    if (*text == '(' && *behind_bracket(text) != ':') {
        return parse_tuple(text, row);
    }
    text = parse_value(text, &row->items[0]);
    if (*text == ':') {
        oz_scalar key = row->items[0];
        text = parse_row(text + 1, row);
        row->key = key;
        row->has_key = true;
        return text;
    }
    row->item_count = 1;
    return text;
}

size_t
steps_rows_parse(const char *text, steps_row *rows, size_t capacity)
{
    size_t count = 0;
    while (*(text += strspn(text, " ")) != '\0') {
        assert_in_range(count, 0, capacity - 1);
        text = parse_row(text, &rows[count++]);
        assert_true(*text == ' ' || *text == '\0');
    }
    return count;
}

/* ---- sorting --------------------------------------------------------------------------------- */

/* The blank or the end behind the row at `text`. */
static char *
row_end(char *text)
{
    bool is_quoted = false;
    int depth = 0;
    for (; *text != '\0' && (*text != ' ' || is_quoted || depth > 0); text++) {
        is_quoted ^= *text == '\'';
        depth += !is_quoted && strchr("([{", *text) != NULL;
        depth -= !is_quoted && strchr(")]}", *text) != NULL;
    }
    return text;
}

static int
compare_rows(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void
steps_rows_sort(char *rows)
{
    size_t size = strlen(rows) + 1;
    char *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, rows, size);
    char *starts[256];
    size_t count = 0;
    for (char *at = copy; *at != '\0';) {
        assert_in_range(count, 0, 255);
        starts[count++] = at;
        at = row_end(at);
        if (*at == ' ') {
            *at++ = '\0';
        }
    }
    qsort(starts, count, sizeof *starts, compare_rows);
    for (size_t i = 0; i < count; i++) {
        rows += snprintf(rows, STEPS_TEXT_MAX, "%s%s", i == 0 ? "" : " ", starts[i]);
    }
    free(copy);
}

/* ---- batches --------------------------------------------------------------------------------- */

static oz_object
object_of(const oz_scalar *scalar)
{
    char text[256];
    if (scalar->kind != OZ_SCALAR_OBJECT) {
        return text_object_of(*scalar);
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)scalar->size, scalar->as.data);
    return text_object_new(text);
}

/* The row as one object. */
static oz_object
row_object(const steps_row *row)
{
    oz_object object = NULL;
    if (row->item_count == 1) {
        return object_of(&row->items[0]);
    }
    assert_int_equal(text_object_class.box_row(row->items, NULL, row->item_count, &object), OZ_OK);
    return object;
}

static oz_status
append_item(oz_builder *builder, const oz_scalar *item)
{
    if (item->kind != OZ_SCALAR_OBJECT) {
        return oz_builder_append(builder, item);
    }
    oz_object object = object_of(item);
    return oz_builder_append_object(builder, &object);
}

/* Item `index` of each row, as a column of its own type; -1: the row as an object; -2: its key. */
enum { WHOLE_ROW = -1, KEY = -2 };

static oz_status
append_part(oz_builder *builder, const steps_row *row, int index)
{
    if (index == WHOLE_ROW) {
        oz_object object = row_object(row);
        return oz_builder_append_object(builder, &object);
    }
    return append_item(builder, index == KEY ? &row->key : &row->items[index]);
}

static oz_status
make_column(const steps_row *rows, size_t count, const oz_alloc *alloc, int index,
            const oz_column **out)
{
    oz_type type = index == WHOLE_ROW ? OZ_OBJECT : OZ_ANY;
    oz_builder *builder = oz_builder_new(alloc, type, &text_object_class);
    oz_status status = builder == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (size_t i = 0; status == OZ_OK && i < count; i++) {
        status = append_part(builder, &rows[i], index);
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(builder, out);
    }
    oz_builder_free(&builder);
    return status;
}

/* How many columns all rows have; 0 when they differ. */
static uint32_t
common_items(const steps_row *rows, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (rows[i].item_count != rows[0].item_count) {
            return 0;
        }
    }
    return rows[0].item_count;
}

static oz_status
make_batch(const steps_row *rows, size_t count, const oz_alloc *alloc, bool as_objects,
           const oz_batch **out)
{
    const oz_column *columns[STEPS_ITEMS_MAX] = {NULL};
    uint32_t items = as_objects ? 0 : common_items(rows, count);
    oz_status status = OZ_OK;
    for (uint32_t i = 0; status == OZ_OK && i < items; i++) {
        status = make_column(rows, count, alloc, (int)i, &columns[i]);
    }
    if (items == 0) {
        status = make_column(rows, count, alloc, WHOLE_ROW, &columns[0]);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, columns, NULL, items == 0 ? 1 : items, NULL, out);
    }
    for (uint32_t i = 0; i < STEPS_ITEMS_MAX; i++) {
        oz_column_release(&columns[i]);
    }
    return status;
}

oz_status
steps_rows_batch(const steps_row *rows, size_t count, const oz_alloc *alloc, bool as_objects,
                 const oz_batch **out)
{
    const oz_batch *plain = NULL;
    const oz_column *keys = NULL;
    int64_t bad_row;
    if (!rows[0].has_key) {
        return make_batch(rows, count, alloc, as_objects, out);
    }
    oz_status status = make_batch(rows, count, alloc, as_objects, &plain);
    if (status == OZ_OK) {
        status = make_column(rows, count, alloc, KEY, &keys);
    }
    if (status == OZ_OK) {
        status = oz_batch_key_by(plain, keys, STEPS_SEED, out, &bad_row, NULL);
    }
    oz_column_release(&keys);
    oz_batch_release(&plain);
    return status;
}

/* ---- printing -------------------------------------------------------------------------------- */

/* An object prints as the native value that it stands for: both are the same row. */
void
steps_scalar_print(const oz_scalar *scalar, ozi_text *text)
{
    oz_scalar native = *scalar;
    if (scalar->kind == OZ_SCALAR_OBJECT) {
        text_object_class.unbox(scalar->as.object, &native);
    }
    ozi_scalar_print(&native, &text_object_class, text);
}

static void
print_key(const oz_key *key, ozi_text *text)
{
    oz_scalar scalar;
    oz_object object = NULL;
    if (ozi_key_scalar(key, &scalar)) {
        steps_scalar_print(&scalar, text);
    } else if (ozi_key_object(key, &text_object_class, &object) == OZ_OK) {
        ozi_text_string(text, text_object_text(object));
        text_object_class.release(object);
    }
    ozi_text_char(text, ':');
}

static void
print_value(const oz_column *column, int64_t row, ozi_text *text)
{
    oz_scalar scalar;
    if (column->type == OZ_LIST || column->type == OZ_STRUCT) {
        ozi_column_print_value(column, row, text);
    } else if (oz_column_scalar(column, row, &scalar) == OZ_OK) {
        steps_scalar_print(&scalar, text);
    }
}

void
steps_row_print(const oz_batch *batch, int64_t row, ozi_text *text)
{
    if (batch->rows != NULL && batch->rows->keys != NULL) {
        print_key(&batch->rows->keys[row], text);
    }
    steps_value_print(batch, row, text);
}

void
steps_value_print(const oz_batch *batch, int64_t row, ozi_text *text)
{
    ozi_text_string(text, batch->column_count == 1 ? "" : "(");
    for (uint32_t i = 0; i < batch->column_count; i++) {
        ozi_text_string(text, i == 0 ? "" : ", ");
        print_value(batch->columns[i], row, text);
    }
    ozi_text_string(text, batch->column_count == 1 ? "" : ")");
}
