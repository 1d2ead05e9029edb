/* Status names and the caller-owned error message: see include/ouzel/status.h. */
#include "ouzel/status.h"

#include <stdio.h>
#include <string.h>

#define STATUS_NAME(name, text) #name,
static const char *const status_names[] = {OZ_STATUS_TABLE(STATUS_NAME)};
#undef STATUS_NAME

const char *
oz_status_name(oz_status status)
{
    return (unsigned)status < OZ_STATUS_COUNT ? status_names[status] : "UNKNOWN";
}

/* A cut must not leave half a UTF-8 character behind, or the text could not become a str. */
static size_t
text_end(const char *text, size_t size)
{
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80) {
        size--;
    }
    return size;
}

/* Writes the formatted text into `buffer` and returns its length after a possible cut. */
static size_t
text_format(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    buffer[0] = '\0';
    int needed = vsnprintf(buffer, capacity, format, arguments);
    if (needed < 0) {
        return 0;
    }
    return (size_t)needed < capacity ? (size_t)needed : capacity - 1;
}

oz_status
oz_error_set(oz_error *error, oz_status status, const char *format, ...)
{
    if (error == NULL) {
        return status;
    }
    /* By way of a second buffer, because an argument may be error->text itself. One byte more than
     * fits is formatted, to see whether the cut falls into a character. */
    char text[OZ_ERROR_TEXT_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    size_t size = text_format(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size >= OZ_ERROR_TEXT_MAX) {
        size = text_end(text, OZ_ERROR_TEXT_MAX - 1);
    }
    error->status = status;
    memcpy(error->text, text, size);
    error->text[size] = '\0';
    return status;
}

oz_status
oz_error_context(oz_error *error, const char *format, ...)
{
    if (error == NULL) {
        return OZ_OK;
    }
    char context[OZ_ERROR_TEXT_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    (void)text_format(context, sizeof context, format, arguments);
    va_end(arguments);
    return oz_error_set(error, error->status, "%s: %s", context, error->text);
}
