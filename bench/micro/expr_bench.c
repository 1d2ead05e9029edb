/*
 * How fast are the kernels of src/expr? Each line is one kernel over the same batches of a text.
 *
 *     expr_bench FILE [BATCH_BYTES] [ROUNDS] [WHICH]
 *
 * FILE is a text with lines, e.g. of ceilings/gen_text; its first 2 MB are used, cut into buffers
 * of BATCH_BYTES (131072) as a source would read them, one batch each. Words are what str.split
 * makes of a batch, numbers are sizes of words. WHICH picks the lines that contain it. Printed are
 * the CPU time of the best of ROUNDS (40), so that a busy machine does little harm: ns a row in, ns
 * a row out, MB of text a second. Freeing the results is in it.
 *
 * Build, from the top of the tree:
 *
 *     gcc -std=c11 -D_GNU_SOURCE -O3 -Iinclude -Isrc -o build/expr_bench bench/micro/expr_bench.c \
 *         $(ls src/{base,batch,expr}/[a-z]*.c | grep -v -e _test.c -e base/io_) -lm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ceilings/clock.h"
#include "base/utf8.h"
#include "batch/column.h"
#include "ouzel/function.h"

enum { BATCHES_MAX = 16384, TEXT_MAX = 2 << 20, ROWS_MAX = 1 << 20, FORM_COLUMNS_MAX = 2 };

typedef struct input {
    const oz_batch *batches[BATCHES_MAX];
    int count;
    size_t bytes;
} input;

typedef struct form {
    const char *name;
    oz_call_kind kind;
    const char *what; /* printed */
    const input *on;
    oz_scalar arguments[2];
    uint32_t argument_count;
} form;

static int32_t counts[ROWS_MAX];
static uint8_t truths[ROWS_MAX];
static int rounds = 40;

static void
must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "expr_bench: %s\n", what);
        exit(1);
    }
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static void
add_batch(input *to, const oz_column **columns, uint32_t count, size_t bytes)
{
    must(to->count < BATCHES_MAX, "too many batches");
    const oz_batch **out = &to->batches[to->count++];
    must(oz_batch_new(oz_alloc_default(), columns, NULL, count, NULL, out) == OZ_OK, "no memory");
    to->bytes += bytes;
}

/* The lines of `text` as views into a buffer of their own; a last line without an end is left out.
 */
static void
add_lines(input *to, const char *text, size_t size)
{
    oz_buffer *buffer = oz_buffer_new(oz_alloc_default(), size);
    oz_builder *builder = oz_builder_new(oz_alloc_default(), OZ_STRING, NULL);
    const oz_column *column = NULL;
    must(buffer != NULL && builder != NULL, "no memory");
    char *data = oz_buffer_data(buffer);
    memcpy(data, text, size);
    bool ascii = ozi_utf8_ascii_prefix(data, size) == size;
    bool good = oz_builder_pin(builder, buffer) == OZ_OK;
    for (char *at = data, *end; (end = memchr(at, '\n', (size_t)(data + size - at)));
         at = end + 1) {
        oz_view line = {at, (uint32_t)(end - at), ascii ? OZ_VIEW_ASCII : 0};
        good &= oz_builder_append_view(builder, line) == OZ_OK;
    }
    good &= oz_builder_finish(builder, &column) == OZ_OK;
    must(good, "cannot build a column");
    oz_buffer_release(&buffer);
    oz_builder_free(&builder);
    add_batch(to, &column, 1, size);
}

static void
read_lines(input *to, const char *path, size_t batch_bytes)
{
    char *text = malloc(TEXT_MAX);
    FILE *file = fopen(path, "rb");
    must(text != NULL && file != NULL, path);
    size_t size = fread(text, 1, TEXT_MAX, file);
    fclose(file);
    for (size_t at = 0; at < size;) {
        size_t end = size - at < batch_bytes ? size : at + batch_bytes;
        while (end > at && text[end - 1] != '\n') {
            end--;
        }
        if (end == at) {
            break;
        }
        add_lines(to, text + at, end - at);
        at = end;
    }
    free(text);
    must(to->count > 0, "no line in the file, or longer than a batch");
}

static const oz_kernel *
find(const form *form)
{
    oz_type type = form->on->batches[0]->columns[0]->type;
    const oz_kernel *kernel = oz_kernel_find(form->name, form->kind, type);
    must(kernel != NULL, form->name);
    return kernel;
}

static oz_status
run(const oz_kernel *kernel, const form *form, const oz_batch *batch, int64_t begin, oz_call *call)
{
    *call = (oz_call){.kind = form->kind,
                      .batch = batch,
                      .begin = begin,
                      .stop = batch->row_count,
                      .truths = truths,
                      .counts = counts,
                      .alloc = oz_alloc_default()};
    return kernel->run(form->arguments, form->argument_count, call, NULL);
}

/* Batches of what a kernel makes of others; of those that it can begin with. */
static void
derive(input *to, const form *form)
{
    oz_call call;
    for (int i = 0; i < form->on->count; i++) {
        memset(counts, 0, sizeof counts);
        if (run(find(form), form, form->on->batches[i], 0, &call) == OZ_OK) {
            add_batch(to, &call.column, 1, 0);
        }
    }
    to->bytes = form->on->bytes;
}

/* Words with their lengths: two columns. */
static void
add_lengths(input *to, const input *words)
{
    for (int i = 0; i < words->count; i++) {
        oz_call call;
        form len = {.name = "len", .kind = OZ_CALL_MAP, .on = words};
        must(run(find(&len), &len, words->batches[i], 0, &call) == OZ_OK, "len");
        const oz_column *columns[] = {oz_column_retain(words->batches[i]->columns[0]), call.column};
        add_batch(to, columns, FORM_COLUMNS_MAX, 0);
    }
    to->bytes = words->bytes;
}

/* ---- measuring ------------------------------------------------------------------------------- */

/* All of a batch, as a step does: what the kernel leaves is skipped. Returns results. */
static int64_t
run_batch(const oz_kernel *kernel, const form *form, const oz_batch *batch)
{
    oz_call call;
    int64_t results = 0;
    for (int64_t row = 0; row < batch->row_count;) {
        oz_status status = run(kernel, form, batch, row, &call);
        must(status == OZ_OK || status == OZ_UNSUPPORTED, form->name);
        row = status == OZ_OK ? call.end : row + 1;
        results += call.count;
        oz_column_release(&call.column);
    }
    return results;
}

static void
measure(const form *form)
{
    const oz_kernel *kernel = find(form);
    double best = 0;
    int64_t rows = 0;
    int64_t results = 0;
    for (int round = 0; round < rounds; round++) {
        rows = 0;
        results = 0;
        double begin = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (int i = 0; i < form->on->count; i++) {
            results += run_batch(kernel, form, form->on->batches[i]);
            rows += form->on->batches[i]->row_count;
        }
        double seconds = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
        best = round == 0 || seconds < best ? seconds : best;
    }
    printf("%-34s %8.2f %8.2f %8.0f %6.1f%%\n", form->what, best * 1e9 / (double)rows,
           best * 1e9 / (double)results, (double)form->on->bytes / best * 1e-6,
           form->kind == OZ_CALL_EXPAND ? 100.0 : (double)results * 100 / (double)rows);
}

/* ---- the program ----------------------------------------------------------------------------- */

#define TEXT(literal)                                                                              \
    {                                                                                              \
        .kind = OZ_SCALAR_STRING, .size = sizeof(literal) - 1, .as.data = (literal)                \
    }
#define INTEGER(value)                                                                             \
    {                                                                                              \
        .kind = OZ_SCALAR_INT64, .as.int64 = (value)                                               \
    }

static input lines, upper, words, upper_words, lengths, pairs, digits;

static const form forms[] = {
    {"str.split", OZ_CALL_EXPAND, "lines: split()", &lines, {{0}}, 0},
    {"str.split", OZ_CALL_EXPAND, "lines: split(' ')", &lines, {TEXT(" ")}, 1},
    {"str.split", OZ_CALL_EXPAND, "lines: split('th')", &lines, {TEXT("th")}, 1},
    {"str.split", OZ_CALL_EXPAND, "lines: split(None, 3)", &lines, {{0}, INTEGER(3)}, 2},
    {"str.split", OZ_CALL_MAP, "lines: split(), lists", &lines, {{0}}, 0},
    {"str.split", OZ_CALL_EXPAND, "words: split()", &words, {{0}}, 0},
    {"str.lower", OZ_CALL_MAP, "lines: lower", &lines, {{0}}, 0},
    {"str.lower", OZ_CALL_MAP, "LINES: lower", &upper, {{0}}, 0},
    {"str.lower", OZ_CALL_MAP, "words: lower", &words, {{0}}, 0},
    {"str.lower", OZ_CALL_MAP, "WORDS: lower", &upper_words, {{0}}, 0},
    {"str.upper", OZ_CALL_MAP, "words: upper", &words, {{0}}, 0},
    {"str.title", OZ_CALL_MAP, "words: title", &words, {{0}}, 0},
    {"str.strip", OZ_CALL_MAP, "words: strip()", &words, {{0}}, 0},
    {"str.strip", OZ_CALL_MAP, "words: strip('.,;:!?')", &words, {TEXT(".,;:!?")}, 1},
    {"str.replace", OZ_CALL_MAP, "words: replace('e', 'EE')", &words, {TEXT("e"), TEXT("EE")}, 2},
    {"str.isalpha", OZ_CALL_MAP, "words: isalpha", &words, {{0}}, 0},
    {"str.startswith", OZ_CALL_FILTER, "words: filter startswith('t')", &words, {TEXT("t")}, 1},
    {"operator.eq", OZ_CALL_FILTER, "words: filter == 'the'", &words, {TEXT("the")}, 1},
    {"len", OZ_CALL_MAP, "words: len", &words, {{0}}, 0},
    {"str.format", OZ_CALL_MAP, "words, ints: '{} => {}'", &pairs, {TEXT("{} => {}")}, 1},
    {"operator.add", OZ_CALL_MAP, "ints: + 1", &lengths, {INTEGER(1)}, 1},
    {"operator.mul", OZ_CALL_MAP, "ints: * 3", &lengths, {INTEGER(3)}, 1},
    {"operator.mod", OZ_CALL_MAP, "ints: % 7", &lengths, {INTEGER(7)}, 1},
    {"operator.truediv", OZ_CALL_MAP, "ints: / 7", &lengths, {INTEGER(7)}, 1},
    {"operator.lt", OZ_CALL_FILTER, "ints: filter < 5", &lengths, {INTEGER(5)}, 1},
    {"str", OZ_CALL_MAP, "ints: str", &lengths, {{0}}, 0},
    {"int", OZ_CALL_MAP, "digits: int", &digits, {{0}}, 0},
    {"float", OZ_CALL_MAP, "digits: float", &digits, {{0}}, 0},
};

int
main(int argc, char **argv)
{
    must(argc >= 2, "usage: expr_bench FILE [BATCH_BYTES] [ROUNDS] [WHICH]");
    read_lines(&lines, argv[1], argc > 2 ? strtoull(argv[2], NULL, 10) : 131072);
    rounds = argc > 3 ? atoi(argv[3]) : rounds;
    derive(&upper, &(form){.name = "str.upper", .on = &lines});
    derive(&words, &(form){.name = "str.split", .kind = OZ_CALL_EXPAND, .on = &lines});
    derive(&upper_words, &(form){.name = "str.split", .kind = OZ_CALL_EXPAND, .on = &upper});
    derive(&lengths, &(form){.name = "len", .on = &words});
    derive(&digits, &(form){.name = "str", .on = &lengths});
    add_lengths(&pairs, &words);
    printf("%-34s %8s %8s %8s %7s\n", "", "ns/row", "ns/out", "MB/s", "native");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].on->count > 0 && (argc <= 4 || strstr(forms[i].what, argv[4]) != NULL)) {
            measure(&forms[i]);
        }
    }
    return 0;
}
