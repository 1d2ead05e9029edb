/*
 * What a sink asks of a database: one connection that writes the rows of an epoch in one
 * transaction, together with the number of that epoch.
 *
 *     ouzel_epochs | job | step | epoch |      a row for each sink that has written into it
 *
 * Functions of a connection answer OK; IO when the same may be tried again with a new connection
 * (it was lost, the database is locked, full or shuts down); and anything else when it would fail
 * again: a table that is not there, a row that the table does not take. All of them may wait for
 * the database: they are called aside, and use nothing of the engine.
 */
#ifndef OUZEL_SQL_DATABASE_H
#define OUZEL_SQL_DATABASE_H

#include "sql/cells.h"

/* Where rows go. What it points to lives as long as the sink. */
typedef struct ozi_sql_target {
    const char *where;  /* a path, or a connection string */
    const char *table;  /* NAME or SCHEMA.NAME */
    const char *create; /* SQL that is run before anything else; NULL: none */
    const char *columns[OZI_SQL_COLUMNS_MAX];
    uint32_t column_count;
    const char *key[OZI_SQL_COLUMNS_MAX]; /* the last row of a key stays; of none: rows are added */
    uint32_t key_count;
    char job[20];     /* "" without epochs: then no number is kept */
    const char *step; /* the name of the sink */
} ozi_sql_target;

typedef struct ozi_database {
    const char *name;
    /* Connects, runs `create`, and sees whether the table has the columns. */
    oz_status (*open)(const ozi_sql_target *target, void **connection, oz_error *error);
    /* Also after a failure, which undoes what was begun. */
    void (*close)(void *connection);
    /* Begins a transaction that no other of this sink goes beside; the last epoch, 0: none. */
    oz_status (*begin)(void *connection, int64_t *epoch, oz_error *error);
    oz_status (*write)(void *connection, const ozi_cells *rows, oz_error *error);
    /* Keeps the epoch and ends the transaction: after IO nobody knows whether it was. */
    oz_status (*commit)(void *connection, int64_t epoch, oz_error *error);
    oz_status (*rollback)(void *connection, oz_error *error);
} ozi_database;

extern const ozi_database ozi_sqlite;
extern const ozi_database ozi_postgres;

/* The functions of a library of the machine that is loaded when it is needed. */
typedef struct ozi_library_name {
    const char *symbol;
    size_t offset; /* of the pointer to it, in a struct of pointers */
} ozi_library_name;

/*
 * Fills `functions` from the first of the files (a list that ends with NULL) that there is.
 * NOT_FOUND names the package that has it. Once for all threads; libraries stay loaded.
 */
OZ_MUST_USE oz_status
ozi_library_load(const char *const *files, const char *package, const ozi_library_name *names,
                 void *functions, oz_error *error);

#endif
