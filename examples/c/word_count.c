/*
 * Counts the words of files: a complete program on the C interface of Ouzel.
 *
 *     cc word_count.c $(pkg-config --cflags --libs ouzel) -o word_count
 *     ./word_count 10 book.txt            the ten most frequent words
 *
 * It defines an operator of its own (words), puts it between built-in ones, ends the graph in a
 * function (collect), and runs it:
 *
 *     files -> words -> key_by -> count -> sink: collect
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ouzel/engine.h"

/* ---- words: an operator ---------------------------------------------------------------------- */

typedef struct words_options {
    int64_t shortest;
} words_options;

/* The engine parses options by this table; the operator finds them in its struct. */
static const oz_option OPTIONS[] = {
    {.name = "shortest",
     .kind = OZ_OPTION_INT64,
     .offset = offsetof(words_options, shortest),
     .by_default = "1",
     .minimum = 1,
     .maximum = 1000,
     .help = "words of fewer bytes are left out"},
    {.name = NULL},
};

enum { COUNT_SHORT };
static const oz_counter COUNTERS[] = {
    {"short_words", "words", "that were left out"},
    {NULL, NULL, NULL},
};

/* Once per plan: refuses what cannot be split, and says what will come out. */
static oz_status
bind(const void *options, const oz_schema *inputs, uint32_t input_count, oz_schema *outputs,
     oz_error *error)
{
    (void)options;
    (void)input_count;
    if (inputs[0].column_count != 1 || inputs[0].types[0] != OZ_STRING) {
        return oz_error_set(error, OZ_INVALID, "words are made of one column of text");
    }
    outputs[0] = (oz_schema){.column_count = 1, .types = {OZ_STRING}};
    return OZ_OK;
}

static bool
is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte & 0x80) != 0;
}

/* The next word of `line` from `*at` on; false when there is none. */
static bool
next_word(oz_view line, uint32_t *at, oz_view *word)
{
    uint32_t begin = *at;
    while (begin < line.size && !is_letter(line.data[begin])) {
        begin++;
    }
    uint32_t end = begin;
    while (end < line.size && is_letter(line.data[end])) {
        end++;
    }
    *word = (oz_view){.data = line.data + begin, .size = end - begin, .flags = line.flags};
    *at = end;
    return end > begin;
}

/* The words of all lines. They are views into the lines: no byte is copied. */
static oz_status
split_lines(oz_context *context, const oz_column *lines, oz_builder *words)
{
    const words_options *options = oz_options(context);
    const oz_view *views = lines->values;
    OZ_TRY(oz_builder_pin_column(words, lines));
    for (int64_t row = 0; row < lines->length; row++) {
        oz_view word;
        for (uint32_t at = 0; next_word(views[row], &at, &word);) {
            if (word.size < options->shortest) {
                oz_count(context, COUNT_SHORT, 1);
                continue;
            }
            OZ_TRY(oz_builder_append_view(words, word));
        }
    }
    return OZ_OK;
}

static oz_step
on_batch(void *state, oz_context *context, uint32_t input, const oz_batch *batch)
{
    (void)state;
    (void)input;
    const oz_alloc *alloc = oz_context_alloc(context);
    const oz_column *column = NULL;
    const oz_batch *words = NULL;
    oz_builder *builder = oz_builder_new(alloc, OZ_STRING, NULL);
    oz_status status =
        builder == NULL ? OZ_NO_MEMORY : split_lines(context, batch->columns[0], builder);
    if (status == OZ_OK) {
        status = oz_builder_finish(builder, &column);
    }
    oz_builder_free(&builder);
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, &column, NULL, 1, NULL, &words);
    }
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    oz_step step = oz_emit(context, 0, words);
    oz_batch_release(&words);
    return step;
}

static const oz_port INPUTS[] = {{.name = "in"}, {.name = NULL}};
static const oz_port OUTPUTS[] = {{.name = "out"}, {.name = NULL}};

static const oz_operator words_operator = {
    .name = "words",
    .summary = "Gives the words of each line.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(words_options),
    .counters = COUNTERS,
    .bind = bind,
    .on_batch = on_batch,
};

/* ---- collect: a function for the built-in sink ----------------------------------------------- */

typedef struct word_count {
    char *word;
    int64_t count;
} word_count;

typedef struct collected {
    word_count *items;
    size_t count;
    size_t capacity;
} collected;

static bool
keep(collected *all, oz_view word, int64_t count)
{
    if (all->count == all->capacity) {
        size_t capacity = all->capacity == 0 ? 64 : all->capacity * 2;
        word_count *items = realloc(all->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        all->items = items;
        all->capacity = capacity;
    }
    char *copy = malloc(word.size + 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, word.data, word.size);
    copy[word.size] = '\0';
    all->items[all->count++] = (word_count){.word = copy, .count = count};
    return true;
}

/* Called with rows (word, count): two columns. */
static oz_status
collect(void *self, oz_call *call, oz_error *error)
{
    for (int64_t row = call->begin; row < call->stop; row++) {
        oz_scalar word, count;
        OZ_TRY(oz_column_scalar(call->batch->columns[0], row, &word));
        OZ_TRY(oz_column_scalar(call->batch->columns[1], row, &count));
        oz_view text = {.data = word.as.data, .size = word.size};
        if (!keep(self, text, count.as.int64)) {
            return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
        }
    }
    call->end = call->stop;
    return OZ_OK;
}

/* The most frequent first; equal ones by the alphabet. */
static int
compare(const void *left, const void *right)
{
    const word_count *a = left;
    const word_count *b = right;
    if (a->count != b->count) {
        return a->count < b->count ? 1 : -1;
    }
    return strcmp(a->word, b->word);
}

static void
print_top(collected *all, size_t most)
{
    if (all->count > 0) {
        qsort(all->items, all->count, sizeof *all->items, compare);
    }
    for (size_t i = 0; i < all->count && i < most; i++) {
        printf("%s => %lld\n", all->items[i].word, (long long)all->items[i].count);
    }
}

static void
free_collected(collected *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].word);
    }
    free(all->items);
}

/* ---- the graph ------------------------------------------------------------------------------- */

static oz_setting
text_setting(const char *name, const char *text)
{
    oz_scalar value = {.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text), .as.data = text};
    return (oz_setting){.name = name, .value = value};
}

/* Adds a step with at most one setting that reads the step drawn before it. */
static oz_status
add(oz_graph *graph, const oz_operator *op, const oz_setting *setting, oz_error *error)
{
    uint32_t node = oz_graph_node_count(graph);
    oz_edge edge = {.node = node == 0 ? 0 : node - 1};
    oz_node_spec spec = {.op = op,
                         .edges = &edge,
                         .edge_count = node == 0 ? 0 : 1,
                         .settings = setting,
                         .setting_count = setting == NULL ? 0 : 1};
    return oz_graph_add(graph, &spec, &node, error);
}

enum { NODE_WORDS = 1 }; /* the second step drawn */

static oz_status
draw(oz_graph *graph, const char *path, oz_function *function, oz_error *error)
{
    oz_setting from = text_setting("path", path);
    oz_setting shortest = {.name = "shortest", .value = {.kind = OZ_SCALAR_INT64, .as.int64 = 2}};
    oz_setting once = text_setting("emit", "final");
    oz_setting into = {.name = "function", .function = function};
    OZ_TRY(add(graph, oz_operator_find("files"), &from, error));
    OZ_TRY(add(graph, &words_operator, &shortest, error));
    OZ_TRY(add(graph, oz_operator_find("key_by"), NULL, error));
    OZ_TRY(add(graph, oz_operator_find("count"), &once, error));
    OZ_TRY(add(graph, oz_operator_find("sink"), &into, error));
    return oz_graph_seal(graph, error);
}

/* One bounded step after another, until the source has ended and all of it went through. */
static oz_step
run_to_end(oz_instance *instance)
{
    for (;;) {
        oz_step step = oz_step_once(instance);
        if (step == OZ_DONE || step == OZ_FAILED) {
            return step;
        }
        if (step == OZ_WAIT && oz_wait(instance, -1) == OZ_IO) {
            return OZ_FAILED;
        }
    }
}

static oz_status
run(const oz_graph *graph, oz_error *error)
{
    oz_instance *instance;
    OZ_TRY(oz_instance_new(graph, NULL, &instance, error));
    oz_status status = OZ_OK;
    if (run_to_end(instance) == OZ_DONE) {
        int64_t left_out = oz_instance_counter(instance, NODE_WORDS, "short_words");
        fprintf(stderr, "%lld short words left out\n", (long long)left_out);
    } else {
        *error = *oz_instance_error(instance);
        status = error->status != OZ_OK ? error->status : oz_error_set(error, OZ_IO, "cannot wait");
    }
    oz_instance_free(&instance);
    return status;
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: word_count HOW_MANY PATH\n");
        return 2;
    }
    collected all = {.items = NULL};
    oz_function function = {.references = 1, .name = "collect", .call = collect, .self = &all};
    oz_graph *graph = oz_graph_new(oz_alloc_default(), NULL);
    oz_error error = {.status = OZ_NO_MEMORY, .text = "out of memory"};
    oz_status status = graph == NULL ? OZ_NO_MEMORY : draw(graph, argv[2], &function, &error);
    if (status == OZ_OK) {
        status = run(graph, &error);
    }
    if (status == OZ_OK) {
        print_top(&all, strtoul(argv[1], NULL, 10));
    } else {
        fprintf(stderr, "word_count: %s\n", error.text);
    }
    oz_graph_free(&graph);
    free_collected(&all);
    return status == OZ_OK ? 0 : 1;
}
