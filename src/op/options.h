/*
 * Options: from what the user gave to the operator's options struct.
 *
 * The option table is the only description: types, bounds, choices and defaults are read from it
 * here, and nowhere else. Every message names the operator and the option.
 */
#ifndef OUZEL_OP_OPTIONS_H
#define OUZEL_OP_OPTIONS_H

#include "base/alloc.h"
#include "ouzel/op.h"

/*
 * A new options struct of `op` with defaults and `settings` applied: strings are copied, functions
 * and objects retained. INVALID names what does not fit.
 */
oz_status
ozi_options_new(const oz_alloc *alloc, const oz_object_class *objects, const oz_operator *op,
                const oz_setting *settings, uint32_t setting_count, void **out, oz_error *error);
void
ozi_options_free(const oz_alloc *alloc, const oz_object_class *objects, const oz_operator *op,
                 void **options);
/* Visits the objects among the options (not the functions). */
int
ozi_options_visit(const oz_operator *op, const void *options,
                  int (*visit)(oz_object object, void *context), void *context);

#endif
