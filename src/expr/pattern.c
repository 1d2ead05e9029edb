/* Reads templates; see pattern.h. */
#include "expr/pattern.h"

enum { FIELD_DIGITS_MAX = 4 };

/* How the fields of a template are told apart. */
typedef struct style {
    bool numbered; /* {0} */
    bool counted;  /* {} */
} style;

static oz_status
add_piece(ozi_pattern *pattern, ozi_piece piece, oz_error *error)
{
    if (pattern->count == OZI_PIECES_MAX) {
        return oz_error_set(error, OZ_INVALID, "the template has too many parts");
    }
    pattern->pieces[pattern->count++] = piece;
    return OZ_OK;
}

/* Reads a field behind its brace; `*at` is then behind the closing one. */
static oz_status
read_field(ozi_pattern *pattern, style *style, const char *text, uint32_t size, uint32_t *at,
           oz_error *error)
{
    uint32_t number = 0;
    uint32_t begin = *at;
    while (*at < size && (unsigned char)(text[*at] - '0') < 10 && *at - begin < FIELD_DIGITS_MAX) {
        number = number * 10 + (uint32_t)(text[*at] - '0');
        (*at)++;
    }
    if (*at == size || text[*at] != '}') {
        return oz_error_set(error, OZ_INVALID, "the template has a field that is not {} or {0}");
    }
    if (*at == begin) {
        number = pattern->fields;
        style->counted = true;
    } else {
        style->numbered = true;
    }
    if (style->numbered && style->counted) {
        return oz_error_set(error, OZ_INVALID, "the template mixes {} and {0}");
    }
    (*at)++;
    pattern->fields = pattern->fields > number ? pattern->fields : number + 1;
    return add_piece(pattern, (ozi_piece){.column = number}, error);
}

oz_status
ozi_pattern_read(ozi_pattern *pattern, const char *text, uint32_t size, oz_error *error)
{
    style style = {0};
    *pattern = (ozi_pattern){0};
    uint32_t at = 0;
    while (at < size) {
        uint32_t begin = at;
        while (at < size && text[at] != '{' && text[at] != '}') {
            at++;
        }
        bool brace = at < size;
        bool doubled = at + 1 < size && text[at] == text[at + 1];
        /* The first brace of a doubled one belongs to the text. */
        uint32_t length = at - begin + (brace && doubled);
        if (length > 0) {
            OZ_TRY(add_piece(pattern, (ozi_piece){.data = text + begin, .size = length}, error));
        }
        at += brace ? 1 + doubled : 0;
        if (brace && !doubled) {
            if (text[at - 1] == '}') {
                return oz_error_set(error, OZ_INVALID, "the template has a single }");
            }
            OZ_TRY(read_field(pattern, &style, text, size, &at, error));
        }
    }
    return OZ_OK;
}
