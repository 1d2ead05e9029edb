/*
 * The operators of this build, by name: those of src/ops and the connectors. The list is
 * generated from the folders and checked fresh by a test.
 */
#include <string.h>

#include "ouzel/graph.h"

#define OZI_OP(name) extern const oz_operator ozi_op_##name;
#include "engine/operators.def"
#undef OZI_OP

#define OZI_OP(name) &ozi_op_##name,
static const oz_operator *const OPERATORS[] = {
#include "engine/operators.def"
    NULL,
};
#undef OZI_OP

const oz_operator *const *
oz_operators(void)
{
    return OPERATORS;
}

const oz_operator *
oz_operator_find(const char *name)
{
    for (const oz_operator *const *op = OPERATORS; *op != NULL; op++) {
        if (strcmp((*op)->name, name) == 0) {
            return *op;
        }
    }
    return NULL;
}
