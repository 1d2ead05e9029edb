/* Names of encodings, and the check of records as text. See text.h. */
#include "codecs/text.h"

#include <string.h>

#include "base/utf8.h"

typedef struct encoding_name {
    const char *name; /* lower case, without "-", "_" and " " */
    oz_encoding encoding;
} encoding_name;

/* The aliases of Python's module `encodings` that people write. */
static const encoding_name encoding_names[] = {
    {"bytes", OZ_ENCODING_NONE},   {"utf8", OZ_ENCODING_UTF8},       {"u8", OZ_ENCODING_UTF8},
    {"cp65001", OZ_ENCODING_UTF8}, {"ascii", OZ_ENCODING_ASCII},     {"usascii", OZ_ENCODING_ASCII},
    {"646", OZ_ENCODING_ASCII},    {"latin1", OZ_ENCODING_LATIN1},   {"latin", OZ_ENCODING_LATIN1},
    {"l1", OZ_ENCODING_LATIN1},    {"iso88591", OZ_ENCODING_LATIN1}, {"88591", OZ_ENCODING_LATIN1},
    {"cp819", OZ_ENCODING_LATIN1},
};

const char *
oz_encoding_name(oz_encoding encoding)
{
    static const char *const names[] = {"bytes", "UTF-8", "ASCII", "Latin-1"};
    return (unsigned)encoding < sizeof names / sizeof names[0] ? names[encoding] : "text";
}

/* Lower case without separators; what does not fit is cut and will match nothing. */
static void
simplify(const char *name, char *out, size_t capacity)
{
    size_t size = 0;
    for (; *name != '\0' && size + 1 < capacity; name++) {
        if (*name != '-' && *name != '_' && *name != ' ') {
            out[size++] = *name >= 'A' && *name <= 'Z' ? (char)(*name + 32) : *name;
        }
    }
    out[size] = '\0';
}

oz_status
oz_encoding_find(const char *name, const oz_codec *codec, oz_encoding *out, oz_error *error)
{
    char simple[24];
    simplify(name, simple, sizeof simple);
    if (strcmp(simple, "auto") == 0) {
        *out = codec->text ? OZ_ENCODING_UTF8 : OZ_ENCODING_NONE;
        return OZ_OK;
    }
    for (size_t i = 0; i < sizeof encoding_names / sizeof encoding_names[0]; i++) {
        if (strcmp(simple, encoding_names[i].name) != 0) {
            continue;
        }
        *out = encoding_names[i].encoding;
        if (*out != OZ_ENCODING_NONE && !codec->framed) {
            return oz_error_set(error, OZ_INVALID,
                                "%s cuts anywhere, so its pieces cannot be %s text: read lines or "
                                "frames, or bytes",
                                codec->name, name);
        }
        return OZ_OK;
    }
    return oz_error_set(error, OZ_UNSUPPORTED,
                        "the encoding '%s' is not among utf-8, ascii, latin-1 and bytes", name);
}

/* The part of `size` bytes that is valid, and whether it is ASCII. */
static size_t
check(oz_encoding encoding, const char *data, size_t size, bool *ascii)
{
    if (encoding == OZ_ENCODING_UTF8) {
        return ozi_utf8_check(data, size, ascii);
    }
    size_t prefix = ozi_utf8_ascii_prefix(data, size);
    *ascii = prefix == size;
    return encoding == OZ_ENCODING_ASCII ? prefix : size;
}

/* One by one: needed when bytes between the records are not text, and where some are not ASCII. */
static int64_t
check_each(oz_encoding encoding, oz_view *views, int64_t count, size_t *bad_at)
{
    for (int64_t i = 0; i < count; i++) {
        bool ascii;
        size_t valid = check(encoding, views[i].data, views[i].size, &ascii);
        if (valid < views[i].size) {
            *bad_at = valid;
            return i;
        }
        views[i].flags = ascii ? OZ_VIEW_ASCII : 0;
    }
    return count;
}

int64_t
ozi_text_check(oz_encoding encoding, oz_view *views, int64_t count, bool together, size_t *bad_at)
{
    if (encoding == OZ_ENCODING_NONE || count == 0) {
        return count;
    }
    const char *begin = views[0].data;
    const char *end = views[count - 1].data + views[count - 1].size;
    if (!together || ozi_utf8_ascii_prefix(begin, (size_t)(end - begin)) < (size_t)(end - begin)) {
        return check_each(encoding, views, count, bad_at);
    }
    for (int64_t i = 0; i < count; i++) {
        views[i].flags = OZ_VIEW_ASCII;
    }
    return count;
}

/* The size as UTF-8: one byte more for each that is not ASCII. */
static size_t
widened_size(oz_view view)
{
    size_t size = view.size;
    for (uint32_t i = 0; i < view.size; i++) {
        size += (unsigned char)view.data[i] >> 7;
    }
    return size;
}

static char *
widen(char *target, oz_view view)
{
    for (uint32_t i = 0; i < view.size; i++) {
        unsigned char byte = (unsigned char)view.data[i];
        if (byte >= 0x80) {
            *target++ = (char)(0xC0 | byte >> 6);
            byte = 0x80 | (byte & 0x3F);
        }
        *target++ = (char)byte;
    }
    return target;
}

oz_status
ozi_text_from_latin1(const oz_alloc *alloc, oz_view *views, int64_t count, oz_buffer **buffer)
{
    size_t total = 0;
    *buffer = NULL;
    for (int64_t i = 0; i < count; i++) {
        total += (views[i].flags & OZ_VIEW_ASCII) != 0 ? 0 : widened_size(views[i]);
    }
    if (total == 0) {
        return OZ_OK;
    }
    *buffer = oz_buffer_new(alloc, total);
    if (*buffer == NULL) {
        return OZ_NO_MEMORY;
    }
    char *target = oz_buffer_data(*buffer);
    for (int64_t i = 0; i < count; i++) {
        if ((views[i].flags & OZ_VIEW_ASCII) == 0) {
            char *begin = target;
            target = widen(begin, views[i]);
            views[i].data = begin;
            views[i].size = (uint32_t)(target - begin);
        }
    }
    return OZ_OK;
}
