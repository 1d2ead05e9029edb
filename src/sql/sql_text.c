#include "sql/sql_text.h"

#include <string.h>

void
ozi_sql_name(ozi_text *sql, const char *name, bool is_dotted)
{
    ozi_text_char(sql, '"');
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '.' && is_dotted) {
            ozi_text_string(sql, "\".\"");
        } else if (*at == '"') {
            ozi_text_string(sql, "\"\"");
        } else {
            ozi_text_char(sql, *at);
        }
    }
    ozi_text_char(sql, '"');
}

void
ozi_sql_names(ozi_text *sql, const char *before, const char *const *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ozi_text_string(sql, i == 0 ? "" : ", ");
        ozi_text_string(sql, before);
        ozi_sql_name(sql, names[i], false);
    }
}

static bool
is_key(const ozi_sql_target *target, const char *column)
{
    for (uint32_t i = 0; i < target->key_count; i++) {
        if (strcmp(target->key[i], column) == 0) {
            return true;
        }
    }
    return false;
}

void
ozi_sql_conflict(ozi_text *sql, const ozi_sql_target *target)
{
    if (target->key_count == 0) {
        return;
    }
    ozi_text_string(sql, " ON CONFLICT (");
    ozi_sql_names(sql, "", target->key, target->key_count);
    ozi_text_string(sql, ") DO ");
    const char *before = "UPDATE SET ";
    for (uint32_t i = 0; i < target->column_count; i++) {
        if (!is_key(target, target->columns[i])) {
            ozi_text_string(sql, before);
            ozi_sql_name(sql, target->columns[i], false);
            ozi_text_string(sql, " = excluded.");
            ozi_sql_name(sql, target->columns[i], false);
            before = ", ";
        }
    }
    ozi_text_string(sql, before[0] == 'U' ? "NOTHING" : "");
}
