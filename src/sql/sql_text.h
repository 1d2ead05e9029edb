/* Pieces of SQL that both databases have in common. */
#ifndef OUZEL_SQL_SQL_TEXT_H
#define OUZEL_SQL_SQL_TEXT_H

#include "base/text.h"
#include "sql/database.h"

enum { OZI_SQL_TEXT_MAX = 1 << 20 };

/* A name in double quotes; of one with a dot both parts: "schema"."table". */
void
ozi_sql_name(ozi_text *sql, const char *name, bool is_dotted);
/* Names in quotes, with `before` in front of each and commas between. */
void
ozi_sql_names(ozi_text *sql, const char *before, const char *const *names, uint32_t count);
/*
 * ON CONFLICT (key) DO UPDATE SET each other column to that of the new row, or DO NOTHING where
 * there is no other; nothing for a target without a key.
 */
void
ozi_sql_conflict(ozi_text *sql, const ozi_sql_target *target);

#endif
