/* The string builder: room, cuts, and the plain pieces. Numbers and quotes are in text_value.c. */
#include "base/text.h"

#include <stdio.h>

enum { FIRST_CAPACITY = 256, PIECE_MAX = 512 };

void
ozi_text_init(ozi_text *text, char *buffer, size_t capacity)
{
    *text = (ozi_text){.data = buffer, .capacity = capacity, .limit = capacity};
    if (capacity > 0) {
        buffer[0] = '\0';
    }
}

void
ozi_text_init_growing(ozi_text *text, const oz_alloc *alloc, size_t limit)
{
    *text = (ozi_text){.limit = limit, .alloc = alloc};
}

void
ozi_text_free(ozi_text *text)
{
    if (text->alloc != NULL && text->data != NULL) {
        ozi_alloc_free(text->alloc, text->data, text->capacity);
    }
    *text = (ozi_text){0};
}

/* Tries to make room for `more` bytes and the NUL. */
static void
grow(ozi_text *text, size_t more)
{
    size_t capacity = text->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : text->capacity;
    while (capacity < text->limit && capacity - text->size <= more) {
        capacity = capacity > text->limit / 2 ? text->limit : 2 * capacity;
    }
    capacity = capacity < text->limit ? capacity : text->limit;
    if (text->alloc == NULL || capacity <= text->capacity) {
        return;
    }
    char *data = ozi_alloc_resize(text->alloc, text->data, text->capacity, capacity);
    if (data != NULL) {
        text->data = data;
        text->capacity = capacity;
    }
}

/* How many of `size` bytes fit into `room` without cutting a character. */
static size_t
fitting(const char *data, size_t size, size_t room)
{
    if (size <= room) {
        return size;
    }
    while (room > 0 && ((unsigned char)data[room] & 0xC0) == 0x80) {
        room--;
    }
    return room;
}

void
ozi_text_bytes(ozi_text *text, const char *data, size_t size)
{
    if (size == 0) {
        return;
    }
    bool was_cut = ozi_text_is_cut(text);
    text->needed += size;
    if (was_cut) {
        return;
    }
    if (text->capacity - text->size <= size) {
        grow(text, size);
    }
    if (text->capacity == 0) {
        return;
    }
    size_t taken = fitting(data, size, text->capacity - text->size - 1);
    memcpy(text->data + text->size, data, taken);
    text->size += taken;
    text->data[text->size] = '\0';
}

void
ozi_text_char(ozi_text *text, char character)
{
    ozi_text_bytes(text, &character, 1);
}

void
ozi_text_string(ozi_text *text, const char *string)
{
    ozi_text_bytes(text, string, strlen(string));
}

void
ozi_text_repeat(ozi_text *text, char character, size_t count)
{
    char piece[64];
    memset(piece, character, sizeof piece);
    for (; count > sizeof piece; count -= sizeof piece) {
        ozi_text_bytes(text, piece, sizeof piece);
    }
    ozi_text_bytes(text, piece, count);
}

void
ozi_text_format(ozi_text *text, const char *format, ...)
{
    char piece[PIECE_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (size > 0) {
        size_t whole = (size_t)size;
        ozi_text_bytes(text, piece, whole < sizeof piece ? whole : sizeof piece - 1);
    }
}

void
ozi_text_int64(ozi_text *text, int64_t value)
{
    ozi_text_format(text, "%lld", (long long)value);
}
