#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "sql/database.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *
open_first(const char *const *files)
{
    void *library = NULL;
    for (size_t i = 0; files[i] != NULL && library == NULL; i++) {
        library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}

static oz_status
find_all(void *library, const ozi_library_name *names, void *functions, oz_error *error)
{
    for (size_t i = 0; names[i].symbol != NULL; i++) {
        void *found = dlsym(library, names[i].symbol);
        if (found == NULL) {
            return oz_error_set(error, OZ_UNSUPPORTED, "the library has no %s: it is too old",
                                names[i].symbol);
        }
        memcpy((char *)functions + names[i].offset, &found, sizeof found);
    }
    return OZ_OK;
}

oz_status
ozi_library_load(const char *const *files, const char *package, const ozi_library_name *names,
                 void *functions, oz_error *error)
{
    (void)pthread_mutex_lock(&lock);
    oz_status status = OZ_OK;
    void *library = open_first(files);
    if (library == NULL) {
        status =
            oz_error_set(error, OZ_NOT_FOUND, "'%s' is not on this machine: install the package %s",
                         files[0], package);
    } else {
        status = find_all(library, names, functions, error);
    }
    (void)pthread_mutex_unlock(&lock);
    return status;
}
