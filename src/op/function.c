/* Reference counts of functions. */
#include "ouzel/function.h"

oz_function *
oz_function_retain(oz_function *function)
{
    (void)__atomic_add_fetch(&function->references, 1, __ATOMIC_RELAXED);
    return function;
}

void
oz_function_release(oz_function **function)
{
    oz_function *held = *function;
    *function = NULL;
    if (held != NULL && __atomic_sub_fetch(&held->references, 1, __ATOMIC_ACQ_REL) == 0 &&
        held->destroy != NULL) {
        held->destroy(held);
    }
}
