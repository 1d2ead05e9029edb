/*
 * Status codes and the caller-owned error message.
 *
 * Three kinds of trouble are never mixed. A bug is an OZ_ASSERT. An operation that failed returns
 * an oz_status and fills the oz_error that the caller owns. A bad record is neither: an operator
 * hands it to its policy (see op.h), where it is counted and kept.
 */
#ifndef OUZEL_STATUS_H
#define OUZEL_STATUS_H

#include <stdarg.h>
#include <stddef.h>

#if defined(__GNUC__)
#define OZ_MUST_USE __attribute__((warn_unused_result))
#define OZ_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define OZ_API __attribute__((visibility("default")))
#else
#define OZ_MUST_USE
#define OZ_PRINTF(text, first)
#define OZ_API
#endif

/* One line per code: name, what it means. The enum, oz_status_name and the docs come from it. */
#define OZ_STATUS_TABLE(X)                                                                         \
    X(OK, "no error")                                                                              \
    X(NO_MEMORY, "the allocator returned nothing")                                                 \
    X(INVALID, "an argument, option or schema does not fit")                                       \
    X(NOT_FOUND, "a file, operator, option or node does not exist")                                \
    X(IO, "a file or socket operation failed")                                                     \
    X(BAD_RECORD, "a record could not be treated; its policy was to fail")                         \
    X(USER, "a function of the user failed; the host language holds the details")                  \
    X(FULL, "a bounded queue has no room")                                                         \
    X(CLOSED, "the graph, stream or connection is closed")                                         \
    X(INTERRUPTED, "stopped by a signal or by another thread")                                     \
    X(CORRUPT, "what was stored is damaged, foreign, or of another version")                       \
    X(REFUSED, "the state is another's, or does not fit the program")                              \
    X(UNSUPPORTED, "this build or platform cannot do it")                                          \
    X(TIMED_OUT, "time was up before it was done")

#define OZ_STATUS_ENUM(name, text) OZ_##name,
typedef enum oz_status { OZ_STATUS_TABLE(OZ_STATUS_ENUM) OZ_STATUS_COUNT } oz_status;
#undef OZ_STATUS_ENUM

enum { OZ_ERROR_TEXT_MAX = 1024 };

/* Owned by the caller, filled by the callee on failure only; `text` always ends with a NUL. */
typedef struct oz_error {
    oz_status status;
    char text[OZ_ERROR_TEXT_MAX];
} oz_error;

/* "INVALID" for OZ_INVALID. Never NULL. */
OZ_API const char *
oz_status_name(oz_status status);

/* Fills `error` (may be NULL) and returns `status`. Text beyond OZ_ERROR_TEXT_MAX is cut. */
OZ_API oz_status
oz_error_set(oz_error *error, oz_status status, const char *format, ...) OZ_PRINTF(3, 4);

/* Puts "context: " in front of the text that is already there; returns error->status. */
OZ_API oz_status
oz_error_context(oz_error *error, const char *format, ...) OZ_PRINTF(2, 3);

/* The early return. The only control-flow macro besides OZ_TRY_CONTEXT. */
#define OZ_TRY(expression)                                                                         \
    do {                                                                                           \
        oz_status oz_try_status_ = (expression);                                                   \
        if (oz_try_status_ != OZ_OK) {                                                             \
            return oz_try_status_;                                                                 \
        }                                                                                          \
    } while (0)

/* The early return that says what was being done. */
#define OZ_TRY_CONTEXT(expression, error, ...)                                                     \
    do {                                                                                           \
        oz_status oz_try_status_ = (expression);                                                   \
        if (oz_try_status_ != OZ_OK) {                                                             \
            (void)oz_error_context((error), __VA_ARGS__);                                          \
            return oz_try_status_;                                                                 \
        }                                                                                          \
    } while (0)

#endif
