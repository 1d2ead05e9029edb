/* The language of the C tests; see text_object.h. */
#include "text_object.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

typedef struct text_object {
    uint32_t references;
    oz_scalar scalar; /* OBJECT for an opaque one; STRING and BYTES point to `data` */
    char *text;       /* as it prints */
    char data[];
} text_object;

int64_t text_object_live;
int64_t text_object_fail_after = -1;

static bool
fails(void)
{
    if (text_object_fail_after > 0) {
        text_object_fail_after--;
    }
    return text_object_fail_after == 0;
}

/* An object with `size` bytes of data, NUL added; its text is `text`, or the data when NULL. */
static text_object *
make(oz_scalar_kind kind, const char *data, size_t size, const char *text)
{
    text_object *object = malloc(sizeof(*object) + size + 1);
    if (object == NULL) {
        return NULL;
    }
    object->references = 1;
    object->scalar = (oz_scalar){.kind = kind, .size = (uint32_t)size};
    if (size > 0) {
        memcpy(object->data, data, size);
    }
    object->data[size] = '\0';
    const char *shown = text == NULL ? object->data : text;
    object->text = malloc(strlen(shown) + 1);
    if (object->text == NULL) {
        free(object);
        return NULL;
    }
    memcpy(object->text, shown, strlen(shown) + 1);
    text_object_live++;
    return object;
}

oz_object
text_object_new(const char *text)
{
    return make(OZ_SCALAR_OBJECT, text, strlen(text), NULL);
}

static void
print_scalar(const oz_scalar *scalar, char *text, size_t capacity)
{
    switch (scalar->kind) {
    case OZ_SCALAR_NULL:
        (void)snprintf(text, capacity, "None");
        return;
    case OZ_SCALAR_BOOL:
        (void)snprintf(text, capacity, scalar->as.boolean ? "True" : "False");
        return;
    case OZ_SCALAR_INT64:
    case OZ_SCALAR_TIME:
        (void)snprintf(text, capacity, "%lld", (long long)scalar->as.int64);
        return;
    case OZ_SCALAR_FLOAT64:
        (void)snprintf(text, capacity, "%.17g", scalar->as.float64);
        return;
    case OZ_SCALAR_STRING:
    case OZ_SCALAR_BYTES:
        (void)snprintf(text, capacity, "%s'%.*s'", scalar->kind == OZ_SCALAR_BYTES ? "b" : "",
                       (int)scalar->size, scalar->size == 0 ? "" : scalar->as.data);
        return;
    case OZ_SCALAR_OBJECT:
        (void)snprintf(text, capacity, "%s", text_object_text(scalar->as.object));
        return;
    }
}

oz_object
text_object_of(oz_scalar scalar)
{
    char text[1024] = "";
    bool has_data = scalar.kind == OZ_SCALAR_STRING || scalar.kind == OZ_SCALAR_BYTES;
    print_scalar(&scalar, text, sizeof(text));
    text_object *object =
        make(scalar.kind, has_data ? scalar.as.data : NULL, has_data ? scalar.size : 0, text);
    if (object != NULL && has_data) {
        object->scalar.as.data = object->data;
    } else if (object != NULL) {
        object->scalar.as = scalar.as;
    }
    return object;
}

oz_object
text_object_of_int64(int64_t value)
{
    return text_object_of((oz_scalar){.kind = OZ_SCALAR_INT64, .as.int64 = value});
}

oz_object
text_object_of_string(const char *text)
{
    return text_object_of(
        (oz_scalar){.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text), .as.data = text});
}

const char *
text_object_text(oz_object object)
{
    return ((const text_object *)object)->text;
}

static oz_object
object_retain(oz_object object)
{
    ((text_object *)object)->references++;
    return object;
}

static void
object_release(oz_object object)
{
    text_object *held = object;
    if (--held->references == 0) {
        free(held->text);
        free(held);
        text_object_live--;
    }
}

static void
object_retain_many(const oz_object *objects, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        (void)object_retain(objects[i]);
    }
}

static void
object_release_many(oz_object *objects, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        object_release(objects[i]);
    }
}

static oz_status
object_box(const oz_scalar *scalar, oz_object *out)
{
    if (fails()) {
        return OZ_USER;
    }
    *out = text_object_of(*scalar);
    return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
}

static oz_status
box_many(const oz_scalar *scalars, const char *const *names, uint32_t count, const char *brackets,
         oz_object *out)
{
    char text[1024];
    char value[512];
    size_t used = (size_t)snprintf(text, sizeof(text), "%c", brackets[0]);
    if (fails()) {
        return OZ_USER;
    }
    for (uint32_t i = 0; i < count && used < sizeof(text); i++) {
        print_scalar(&scalars[i], value, sizeof(value));
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s%s", i == 0 ? "" : ", ",
                                 names == NULL ? "" : names[i], names == NULL ? "" : ": ", value);
    }
    if (used < sizeof(text)) {
        (void)snprintf(text + used, sizeof(text) - used, "%c", brackets[1]);
    }
    *out = text_object_new(text);
    return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
}

static oz_status
object_box_row(const oz_scalar *scalars, const char *const *names, uint32_t count, oz_object *out)
{
    return box_many(scalars, names, count, names == NULL ? "()" : "{}", out);
}

static oz_status
object_box_list(const oz_scalar *scalars, uint32_t count, oz_object *out)
{
    return box_many(scalars, NULL, count, "[]", out);
}

static void
object_unbox(oz_object object, oz_scalar *out)
{
    *out = ((const text_object *)object)->scalar;
    if (out->kind == OZ_SCALAR_OBJECT) {
        out->as.object = object;
    }
}

static oz_status
object_hash(oz_object object, uint64_t *out)
{
    const char *text = text_object_text(object);
    if (fails() || text[0] == '[') {
        return OZ_INVALID;
    }
    *out = ozi_hash_bytes(0, text, strlen(text));
    return OZ_OK;
}

static oz_status
object_equal(oz_object left, oz_object right, bool *out)
{
    *out = strcmp(text_object_text(left), text_object_text(right)) == 0;
    return fails() ? OZ_USER : OZ_OK;
}

static oz_status
object_encode_key(oz_object object, uint8_t *buffer, size_t capacity, size_t *canonical,
                  size_t *total)
{
    const char *text = text_object_text(object);
    uint8_t number[9] = {'F'};
    const void *bytes = text;
    *canonical = 0;
    *total = 0;
    if (text[0] == '(') {
        *canonical = strlen(text);
    } else if (text[0] == '2' && text[1] == '^') {
        double value = ldexp(1.0, (int)strtol(text + 2, NULL, 10));
        memcpy(number + 1, &value, sizeof(value));
        bytes = number;
        *canonical = sizeof(number);
    }
    *total = *canonical;
    if (*total > 0 && *total <= capacity) {
        memcpy(buffer, bytes, *total);
    }
    return fails() ? OZ_USER : OZ_OK;
}

static oz_status
object_decode_key(const uint8_t *bytes, size_t total, oz_object *out)
{
    char text[1024];
    double value;
    if (total == 9 && bytes[0] == 'F') {
        memcpy(&value, bytes + 1, sizeof(value));
        (void)snprintf(text, sizeof(text), "2^%d", ilogb(value));
    } else {
        (void)snprintf(text, sizeof(text), "%.*s", (int)total, (const char *)bytes);
    }
    *out = fails() ? NULL : text_object_new(text);
    return *out == NULL ? OZ_USER : OZ_OK;
}

/* False for what is no number. */
static bool
number_of(oz_object object, double *out)
{
    const text_object *number = object;
    switch (number->scalar.kind) {
    case OZ_SCALAR_BOOL:
        *out = number->scalar.as.boolean;
        return true;
    case OZ_SCALAR_INT64:
        *out = (double)number->scalar.as.int64;
        return true;
    case OZ_SCALAR_FLOAT64:
        *out = number->scalar.as.float64;
        return true;
    default:
        *out = number->text[0] == '2' ? ldexp(1.0, (int)strtol(number->text + 2, NULL, 10)) : 0.0;
        return strncmp(number->text, "2^", 2) == 0;
    }
}

/* A float when one of the two is; else an int, of which a large one is cut to a power of two. */
static oz_status
object_add(oz_object left, oz_object right, oz_object *out)
{
    double a;
    double b;
    char text[16];
    *out = NULL;
    if (fails() || !number_of(left, &a) || !number_of(right, &b)) {
        return OZ_USER;
    }
    bool is_float = ((text_object *)left)->scalar.kind == OZ_SCALAR_FLOAT64 ||
                    ((text_object *)right)->scalar.kind == OZ_SCALAR_FLOAT64;
    if (is_float) {
        *out = text_object_of((oz_scalar){.kind = OZ_SCALAR_FLOAT64, .as.float64 = a + b});
    } else if (fabs(a + b) < 0x1p63) {
        *out = text_object_of_int64((int64_t)(a + b));
    } else {
        (void)snprintf(text, sizeof(text), "2^%d", ilogb(a + b));
        *out = text_object_new(text);
    }
    return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
}

static oz_status
object_less(oz_object left, oz_object right, bool *out)
{
    double a;
    double b;
    if (fails() || !number_of(left, &a) || !number_of(right, &b)) {
        return OZ_USER;
    }
    *out = a < b;
    return OZ_OK;
}

static oz_status
object_copy(oz_object object, oz_object *out)
{
    const text_object *source = object;
    oz_scalar scalar = source->scalar;
    *out = scalar.kind == OZ_SCALAR_OBJECT ? text_object_new(source->text) : text_object_of(scalar);
    return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
}

/* One after another: u8 kind, u32 size, then the text of an opaque one, or what the scalar is. */
static void
put_object(const text_object *object, uint8_t **at)
{
    bool is_number =
        object->scalar.kind == OZ_SCALAR_BOOL || object->scalar.kind == OZ_SCALAR_INT64 ||
        object->scalar.kind == OZ_SCALAR_FLOAT64 || object->scalar.kind == OZ_SCALAR_TIME;
    uint32_t size = is_number ? sizeof object->scalar.as : object->scalar.size;
    *(*at)++ = (uint8_t)object->scalar.kind;
    memcpy(*at, &size, sizeof size);
    memcpy(*at + sizeof size, is_number ? (const void *)&object->scalar.as : object->data, size);
    *at += sizeof size + size;
}

static oz_status
object_encode(const oz_object *objects, int64_t count,
              oz_status (*give)(void *context, const void *bytes, size_t size), void *context)
{
    size_t size = 1;
    for (int64_t i = 0; i < count; i++) {
        size += 16 + ((const text_object *)objects[i])->scalar.size;
    }
    uint8_t *bytes = malloc(size);
    uint8_t *at = bytes;
    if (bytes == NULL || fails()) {
        free(bytes);
        return OZ_NO_MEMORY;
    }
    for (int64_t i = 0; i < count; i++) {
        put_object(objects[i], &at);
    }
    oz_status status = give(context, bytes, (size_t)(at - bytes));
    free(bytes);
    return status;
}

static oz_object
take_object(const uint8_t **at)
{
    oz_scalar scalar = {.kind = (oz_scalar_kind) * (*at)++};
    memcpy(&scalar.size, *at, sizeof scalar.size);
    const char *data = (const char *)*at + sizeof scalar.size;
    *at += sizeof scalar.size + scalar.size;
    switch (scalar.kind) {
    case OZ_SCALAR_OBJECT:
        return make(OZ_SCALAR_OBJECT, data, scalar.size, NULL);
    case OZ_SCALAR_STRING:
    case OZ_SCALAR_BYTES:
        scalar.as.data = data;
        break;
    case OZ_SCALAR_NULL:
        break;
    default:
        memcpy(&scalar.as, data, sizeof scalar.as);
        break;
    }
    return text_object_of(scalar);
}

static oz_status
object_decode(const void *bytes, size_t size, oz_object *objects, int64_t count)
{
    const uint8_t *at = bytes;
    (void)size;
    for (int64_t i = 0; i < count; i++) {
        objects[i] = fails() ? NULL : take_object(&at);
        if (objects[i] == NULL) {
            object_release_many(objects, i);
            return OZ_NO_MEMORY;
        }
    }
    return OZ_OK;
}

static size_t
object_print(oz_object object, char *buffer, size_t capacity)
{
    return (size_t)snprintf(buffer, capacity, "%s", text_object_text(object));
}

const oz_object_class text_object_class = {
    .name = "text",
    .retain = object_retain,
    .release = object_release,
    .retain_many = object_retain_many,
    .release_many = object_release_many,
    .box = object_box,
    .box_row = object_box_row,
    .box_list = object_box_list,
    .unbox = object_unbox,
    .hash = object_hash,
    .equal = object_equal,
    .encode_key = object_encode_key,
    .decode_key = object_decode_key,
    .encode = object_encode,
    .decode = object_decode,
    .add = object_add,
    .less = object_less,
    .copy = object_copy,
    .print = object_print,
};
