/*
 * The check of records as text, against the plainest way to do it: bytes are cut at 0x0A into
 * records, and each is decoded character by character.
 */
#include "base/utf8.h"
#include "codecs/text.h"

enum { VIEWS_MAX = 64 };

static void
require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static size_t
valid_utf8(oz_view view)
{
    size_t at = 0;
    while (at < view.size) {
        uint32_t code_point;
        int length = ozi_utf8_decode(view.data + at, view.size - at, &code_point);
        if (length < 0 || (code_point >= 0xD800 && code_point < 0xE000)) {
            return at;
        }
        at += (size_t)length;
    }
    return at;
}

static size_t
valid_ascii(oz_view view)
{
    size_t at = 0;
    while (at < view.size && (unsigned char)view.data[at] < 0x80) {
        at++;
    }
    return at;
}

static int64_t
cut(const uint8_t *data, size_t size, oz_view *views)
{
    int64_t count = 0;
    size_t begin = 0;
    for (size_t at = 0; at <= size && count < VIEWS_MAX; at++) {
        if (at == size || data[at] == '\n') {
            views[count++] = (oz_view){(const char *)data + begin, (uint32_t)(at - begin), 0};
            begin = at + 1;
        }
    }
    return count;
}

static void
compare(oz_encoding encoding, oz_view *views, int64_t count, bool together)
{
    size_t bad_at = 0;
    int64_t good = ozi_text_check(encoding, views, count, together, &bad_at);
    for (int64_t i = 0; i <= good && i < count; i++) {
        size_t ascii = valid_ascii(views[i]);
        size_t valid = encoding == OZ_ENCODING_UTF8    ? valid_utf8(views[i])
                       : encoding == OZ_ENCODING_ASCII ? ascii
                                                       : views[i].size;
        require((valid == views[i].size) == (i < good));
        require(i < good || valid == bad_at);
        if (i < good && encoding != OZ_ENCODING_NONE) {
            require(((views[i].flags & OZ_VIEW_ASCII) != 0) == (ascii == views[i].size));
        }
    }
}

static void
widen(oz_view *views, int64_t count)
{
    size_t bad_at = 0;
    oz_buffer *buffer = NULL;
    require(ozi_text_check(OZ_ENCODING_LATIN1, views, count, true, &bad_at) == count);
    require(ozi_text_from_latin1(oz_alloc_default(), views, count, &buffer) == OZ_OK);
    for (int64_t i = 0; i < count; i++) {
        require(valid_utf8(views[i]) == views[i].size);
    }
    oz_buffer_release(&buffer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oz_view views[VIEWS_MAX];
    for (int encoding = OZ_ENCODING_NONE; encoding <= OZ_ENCODING_LATIN1; encoding++) {
        compare((oz_encoding)encoding, views, cut(data, size, views), true);
        compare((oz_encoding)encoding, views, cut(data, size, views), false);
    }
    widen(views, cut(data, size, views));
    return 0;
}
