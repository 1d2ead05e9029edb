/* The table of all kernels, by family. */
#include "expr/kernel.h"

#include <string.h>

static const ozi_family *const families[] = {
    &ozi_family_arithmetic, &ozi_family_case,   &ozi_family_compare,    &ozi_family_format,
    &ozi_family_item,       &ozi_family_number, &ozi_family_predicates, &ozi_family_replace,
    &ozi_family_split,      &ozi_family_strip,
};

/* Called when a step meets a type for the first time, never per batch: a walk is fast enough. */
const oz_kernel *
oz_kernel_find(const char *name, oz_call_kind kind, oz_type input)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (size_t j = 0; j < families[i]->count; j++) {
            const oz_kernel *kernel = &families[i]->kernels[j];
            if (kernel->kind == kind && (kernel->input == input || kernel->input == OZ_ANY) &&
                strcmp(kernel->name, name) == 0) {
                return kernel;
            }
        }
    }
    return NULL;
}
