/*
 * What a user's functions would be. Each treats the rows of a call one by one, as columns or as
 * objects, and gives its results in the form in which the rows came.
 */
#include "kit/steps_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* What a function makes of one row. False: it cannot be treated. */
typedef bool (*row_function)(const oz_batch *batch, int64_t row, oz_scalar *out);

static oz_scalar
item_of(const oz_batch *batch, uint32_t column, int64_t row)
{
    oz_scalar scalar;
    assert_int_equal(oz_column_scalar(batch->columns[column], row, &scalar), OZ_OK);
    if (scalar.kind == OZ_SCALAR_OBJECT) {
        text_object_class.unbox(scalar.as.object, &scalar);
    }
    return scalar;
}

/* The first value of a row, native where it can be. */
static oz_scalar
value_of(const oz_batch *batch, int64_t row)
{
    return item_of(batch, 0, row);
}

static bool
is_int(const oz_batch *batch, int64_t row, int64_t *out)
{
    oz_scalar scalar = value_of(batch, row);
    *out = scalar.as.int64;
    return scalar.kind == OZ_SCALAR_INT64;
}

static oz_scalar
int_scalar(int64_t value)
{
    return (oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = value};
}

static bool
is_three(const oz_batch *batch, int64_t row)
{
    int64_t value;
    return is_int(batch, row, &value) && value == 3;
}

static oz_status
cannot_treat(oz_error *error)
{
    return oz_error_set(error, OZ_BAD_RECORD, "the function cannot treat it");
}

static bool
is_true(const oz_scalar *scalar)
{
    switch (scalar->kind) {
    case OZ_SCALAR_NULL:
        return false;
    case OZ_SCALAR_BOOL:
        return scalar->as.boolean;
    case OZ_SCALAR_INT64:
        return scalar->as.int64 != 0;
    default:
        return true;
    }
}

/* ---- one result a row: MAP, FILTER, SINK ----------------------------------------------------- */

/* A result as a new object. */
static oz_object
result_object(const oz_scalar *result)
{
    return result->kind == OZ_SCALAR_OBJECT ? text_object_class.retain(result->as.object)
                                            : text_object_of(*result);
}

/* Results as a column of their own type, when rows come as columns. */
static oz_status
map_columns(row_function function, oz_call *call, oz_error *error)
{
    oz_scalar result;
    oz_status status = OZ_OK;
    int64_t row = call->begin;
    oz_builder *builder = oz_builder_new(call->alloc, OZ_ANY, &text_object_class);
    if (builder == NULL) {
        return OZ_NO_MEMORY;
    }
    while (status == OZ_OK && row < call->stop && function(call->batch, row, &result)) {
        status = oz_builder_append(builder, &result);
        row++;
    }
    if (status == OZ_OK && row > call->begin) {
        status = oz_builder_finish(builder, &call->column);
    }
    oz_builder_free(&builder);
    if (status == OZ_OK) {
        call->end = row;
        call->count = row - call->begin;
        status = row < call->stop ? cannot_treat(error) : OZ_OK;
    }
    return status;
}

static oz_status
map_objects(row_function function, oz_call *call, oz_error *error)
{
    oz_scalar result;
    while (call->end < call->stop && call->count < call->room) {
        if (!function(call->batch, call->end, &result)) {
            return cannot_treat(error);
        }
        call->objects[call->count++] = result_object(&result);
        call->end++;
    }
    return OZ_OK;
}

static oz_status
call_rows(void *self, oz_call *call, oz_error *error)
{
    row_function function = *(row_function *)self;
    if (call->kind == OZ_CALL_MAP) {
        bool as_objects = call->batch->columns[0]->type == OZ_OBJECT;
        return (as_objects ? map_objects : map_columns)(function, call, error);
    }
    for (; call->end < call->stop; call->end++) {
        oz_scalar result;
        if (!function(call->batch, call->end, &result)) {
            return cannot_treat(error);
        }
        if (call->kind == OZ_CALL_FILTER) {
            call->truths[call->end - call->begin] = is_true(&result);
        }
    }
    return OZ_OK;
}

/* The same for one row that is one object. */
static oz_status
call_one_row(void *self, oz_call_kind kind, oz_object row, oz_object *state, oz_object *result,
             oz_error *error)
{
    (void)state;
    oz_one one;
    oz_scalar scalar;
    const oz_batch *batch = oz_batch_one(&one, oz_alloc_default(), &text_object_class, row, NULL);
    if (!(*(row_function *)self)(batch, 0, &scalar)) {
        return cannot_treat(error);
    }
    if (kind == OZ_CALL_MAP) {
        *result = result_object(&scalar);
    } else if (kind == OZ_CALL_FILTER) {
        *result = is_true(&scalar) ? row : NULL;
    }
    return OZ_OK;
}

static bool
row_add_one(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    int64_t value;
    bool is_good = is_int(batch, row, &value);
    *out = int_scalar(is_good ? value + 1 : 0);
    return is_good;
}

static bool
row_is_odd(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    int64_t value;
    bool is_good = is_int(batch, row, &value);
    *out = (oz_scalar){.kind = OZ_SCALAR_BOOL, .as.boolean = is_good && value % 2 != 0};
    return is_good;
}

static bool
row_fail_on_3(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    *out = value_of(batch, row);
    return !is_three(batch, row);
}

static bool
row_length(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    oz_scalar value = value_of(batch, row);
    *out = int_scalar(value.size);
    return value.kind == OZ_SCALAR_STRING;
}

static bool
row_letter(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    *out = value_of(batch, row);
    bool is_good = out->kind == OZ_SCALAR_STRING && out->size > 0;
    out->size = 1;
    return is_good;
}

static bool
row_parity(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    int64_t value;
    bool is_good = is_int(batch, row, &value);
    *out = int_scalar(value & 1);
    return is_good;
}

/* Either the columns of a row, or a tuple as text. */
static bool
row_add_items(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    int64_t sum = 0;
    oz_scalar value = value_of(batch, row);
    if (batch->column_count == 1 && value.kind == OZ_SCALAR_OBJECT) {
        const char *text = text_object_text(value.as.object);
        for (char *end; *text != '\0'; text = end) {
            sum += strtoll(text, &end, 10);
            end += end == text; /* not a digit */
        }
    }
    for (uint32_t i = 0; batch->column_count > 1 && i < batch->column_count; i++) {
        sum += item_of(batch, i, row).as.int64;
    }
    *out = int_scalar(sum);
    return batch->column_count > 1 || value.kind == OZ_SCALAR_OBJECT;
}

static bool
row_note(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    char *notes = steps_now->notes;
    size_t used = strlen(notes);
    ozi_text text;
    ozi_text_init(&text, notes + used, sizeof steps_now->notes - used);
    ozi_text_string(&text, used == 0 ? "" : " ");
    steps_value_print(batch, row, &text);
    *out = value_of(batch, row);
    return true;
}

static bool
row_push_next(const oz_batch *batch, int64_t row, oz_scalar *out)
{
    int64_t value;
    char next[32];
    *out = value_of(batch, row);
    if (is_int(batch, row, &value) && value < 3) {
        (void)snprintf(next, sizeof next, "%lld", (long long)value + 1);
        steps_push_inside(next);
    }
    return true;
}

#define ROW_FUNCTION(name_)                                                                        \
    static row_function name_##_row = row_##name_;                                                 \
    oz_function name_ = {.references = 1,                                                          \
                         .name = #name_,                                                           \
                         .call = call_rows,                                                        \
                         .objects = &text_object_class,                                            \
                         .self = &name_##_row}

ROW_FUNCTION(add_one);
ROW_FUNCTION(is_odd);
ROW_FUNCTION(fail_on_3);
ROW_FUNCTION(length);
ROW_FUNCTION(letter);
ROW_FUNCTION(parity);
ROW_FUNCTION(add_items);
ROW_FUNCTION(note);
ROW_FUNCTION(push_next);

/* Its results are new objects, so it has a call of its own. */
static oz_status
call_as_list(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    (void)error;
    while (call->end < call->stop && call->count < call->room) {
        char buffer[64];
        ozi_text text;
        ozi_text_init(&text, buffer, sizeof buffer);
        ozi_text_char(&text, '[');
        steps_value_print(call->batch, call->end, &text);
        ozi_text_char(&text, ']');
        call->objects[call->count++] = text_object_new(buffer);
        call->end++;
    }
    return OZ_OK;
}

oz_function as_list = {.references = 1,
                       .name = "as_list",
                       .call = call_as_list,
                       .objects = &text_object_class};

/* ---- any number of results a row: EXPAND ----------------------------------------------------- */

/* The next item of what is left of a row, which it makes shorter. False: there is none. */
typedef bool (*next_function)(char *left, oz_object *out);

typedef struct expander {
    next_function next;
    bool fails; /* at the end of a row 3 */
} expander;

static bool
next_word(char *left, oz_object *out)
{
    const char *begin = left + strspn(left, " ");
    size_t size = strcspn(begin, " ");
    char word[64];
    if (size == 0) {
        return false;
    }
    (void)snprintf(word, sizeof word, "%.*s", (int)size, begin);
    *out = text_object_of_string(word);
    memmove(left, begin + size, strlen(begin + size) + 1);
    return true;
}

/* "from to": what comes next and the last one. */
static bool
next_number(char *left, oz_object *out)
{
    char *end;
    long long next = strtoll(left, &end, 10);
    long long last = strtoll(end, NULL, 10);
    if (next > last) {
        return false;
    }
    *out = text_object_of_int64(next);
    (void)snprintf(left, 64, "%lld %lld", next + 1, last);
    return true;
}

/* What a row is at first. */
static void
begin_row(const expander *self, const oz_batch *batch, int64_t row, char left[64])
{
    oz_scalar value = value_of(batch, row);
    if (self->next == next_word) {
        (void)snprintf(left, 64, "%.*s", (int)value.size, value.size == 0 ? "" : value.as.data);
    } else {
        (void)snprintf(left, 64, "1 %lld", (long long)value.as.int64);
    }
}

static oz_status
call_expand(void *memory, oz_call *call, oz_error *error)
{
    const expander *self = memory;
    char left[64];
    for (; call->end < call->stop; call->end++) {
        if (*call->resume != NULL) {
            (void)snprintf(left, sizeof left, "%s", text_object_text(*call->resume));
            text_object_class.release(*call->resume);
            *call->resume = NULL;
        } else {
            begin_row(self, call->batch, call->end, left);
        }
        while (call->count < call->room && self->next(left, &call->objects[call->count])) {
            call->counts[call->end - call->begin]++;
            call->count++;
        }
        if (call->count == call->room) {
            *call->resume = text_object_new(left);
            return OZ_OK;
        }
        if (self->fails && is_three(call->batch, call->end)) {
            return cannot_treat(error);
        }
    }
    return OZ_OK;
}

static expander words_self = {.next = next_word};
static expander up_to_self = {.next = next_number};
static expander up_to_bad_self = {.next = next_number, .fails = true};

#define EXPAND_FUNCTION(name_)                                                                     \
    oz_function name_ = {.references = 1,                                                          \
                         .name = #name_,                                                           \
                         .call = call_expand,                                                      \
                         .objects = &text_object_class,                                            \
                         .self = &name_##_self}
EXPAND_FUNCTION(words);
EXPAND_FUNCTION(up_to);
EXPAND_FUNCTION(up_to_bad);

/* ---- with a state: FOLD, SCAN, UPDATE -------------------------------------------------------- */

typedef struct folder {
    int64_t factor;  /* of the sum, as the result */
    bool is_mutable; /* each result travels before the next call */
} folder;

static int64_t
int_of(oz_object object)
{
    oz_scalar scalar;
    text_object_class.unbox(object, &scalar);
    return scalar.as.int64;
}

/* The first row is the state when there is none. */
static oz_status
call_add(void *memory, oz_call *call, oz_error *error)
{
    const folder *self = memory;
    int64_t most = self->is_mutable ? 1 : call->room;
    while (call->end < call->stop && call->count < most) {
        int64_t value;
        if (!is_int(call->batch, call->end, &value) || value == 3) {
            return cannot_treat(error);
        }
        bool is_first = *call->state == NULL;
        if (!is_first) {
            value += int_of(*call->state);
            text_object_class.release(*call->state);
        }
        *call->state = text_object_of_int64(value);
        value = is_first ? value : value * self->factor;
        call->objects[call->count++] = text_object_of_int64(value);
        call->end++;
    }
    call->is_mutable = self->is_mutable;
    return OZ_OK;
}

/* The state is a list, as text: what Python would change in place. */
static oz_status
call_remember(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    while (call->end < call->stop && call->count < call->room) {
        char buffer[512];
        ozi_text text;
        int64_t count = 1;
        bool is_first = *call->state == NULL;
        const char *before = is_first ? "[]" : text_object_text(*call->state);
        ozi_text_init(&text, buffer, sizeof buffer);
        ozi_text_bytes(&text, before, strlen(before) - 1); /* without the bracket at its end */
        ozi_text_string(&text, is_first ? "" : ", ");
        steps_value_print(call->batch, call->end, &text);
        ozi_text_string(&text, "]");
        for (size_t i = 0; i < text.size; i++) {
            count += buffer[i] == ',';
        }
        if (!is_first) {
            text_object_class.release(*call->state);
        }
        *call->state = text_object_new(buffer);
        if (is_three(call->batch, call->end)) {
            return cannot_treat(error); /* what it changed stays changed */
        }
        call->objects[call->count++] = text_object_of_int64(count);
        call->end++;
    }
    return OZ_OK;
}

static oz_status
call_one_add(void *memory, oz_call_kind kind, oz_object row, oz_object *state, oz_object *result,
             oz_error *error)
{
    oz_one one;
    oz_call call = {.kind = kind, .stop = 1, .objects = result, .room = 1, .state = state};
    call.batch = oz_batch_one(&one, oz_alloc_default(), &text_object_class, row, NULL);
    return call_add(memory, &call, error);
}

static folder add_self = {.factor = 1};
static folder add_slow_self = {.factor = 1, .is_mutable = true};
static folder add_twice_self = {.factor = 2};

#define FOLD_FUNCTION(name_)                                                                       \
    oz_function name_ = {.references = 1,                                                          \
                         .name = #name_,                                                           \
                         .call = call_add,                                                         \
                         .objects = &text_object_class,                                            \
                         .self = &name_##_self}
FOLD_FUNCTION(add);
FOLD_FUNCTION(add_slow);
FOLD_FUNCTION(add_twice);

oz_function remember = {.references = 1,
                        .name = "remember",
                        .call = call_remember,
                        .objects = &text_object_class};

/* ---- with and without the way for one row ---------------------------------------------------- */

static oz_function *const BY_ROW[] = {&add_one, &is_odd,    &fail_on_3, &length,   &letter,
                                      &parity,  &add_items, &note,      &push_next};

void
steps_functions_call_one(bool is_on)
{
    for (size_t i = 0; i < sizeof BY_ROW / sizeof *BY_ROW; i++) {
        BY_ROW[i]->call_one = is_on ? call_one_row : NULL;
    }
    add.call_one = is_on ? call_one_add : NULL;
}
