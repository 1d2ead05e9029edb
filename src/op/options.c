#include "op/options.h"

#include <math.h>
#include <stdlib.h>

static const double NS_PER_SECOND = 1e9;

static const oz_option *
find_option(const oz_operator *op, const char *name)
{
    for (const oz_option *option = op->options; option != NULL && option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

static oz_status
wrong_type(const oz_option *option, const char *expected, oz_error *error)
{
    return oz_error_set(error, OZ_INVALID, "option \"%s\" takes %s", option->name, expected);
}

static oz_status
check_bounds(const oz_option *option, double value, oz_error *error)
{
    if (option->minimum < option->maximum &&
        !(value >= option->minimum && value <= option->maximum)) {
        return oz_error_set(error, OZ_INVALID, "option \"%s\" must be from %g to %g, not %g",
                            option->name, option->minimum, option->maximum, value);
    }
    return OZ_OK;
}

static bool
scalar_number(const oz_scalar *value, double *out)
{
    switch (value->kind) {
    case OZ_SCALAR_INT64:
        *out = (double)value->as.int64;
        return true;
    case OZ_SCALAR_FLOAT64:
        *out = value->as.float64;
        return true;
    default:
        return false;
    }
}

/* ---- one setter a kind; `place` is where the option lies in the struct ----------------------- */

static oz_status
set_bool(const oz_option *option, void *place, const oz_scalar *value, oz_error *error)
{
    if (value->kind != OZ_SCALAR_BOOL) {
        return wrong_type(option, "true or false", error);
    }
    *(bool *)place = value->as.boolean;
    return OZ_OK;
}

static oz_status
set_int64(const oz_option *option, void *place, const oz_scalar *value, oz_error *error)
{
    if (value->kind != OZ_SCALAR_INT64) {
        return wrong_type(option, "a whole number", error);
    }
    OZ_TRY(check_bounds(option, (double)value->as.int64, error));
    *(int64_t *)place = value->as.int64;
    return OZ_OK;
}

static oz_status
set_float64(const oz_option *option, void *place, const oz_scalar *value, oz_error *error)
{
    double number;
    if (!scalar_number(value, &number)) {
        return wrong_type(option, "a number", error);
    }
    OZ_TRY(check_bounds(option, number, error));
    *(double *)place = number;
    return OZ_OK;
}

static oz_status
set_duration(const oz_option *option, void *place, const oz_scalar *value, oz_error *error)
{
    double seconds;
    if (!scalar_number(value, &seconds) || isnan(seconds)) {
        return wrong_type(option, "a number of seconds", error);
    }
    OZ_TRY(check_bounds(option, seconds, error));
    double ns = seconds * NS_PER_SECOND;
    *(int64_t *)place = ns >= 9.2e18 ? INT64_MAX : ns <= -9.2e18 ? INT64_MIN : (int64_t)llround(ns);
    return OZ_OK;
}

static char *
copy_text(const oz_alloc *alloc, const char *data, size_t size)
{
    char *copy = ozi_alloc_new(alloc, size + 1);
    if (copy != NULL) {
        memcpy(copy, data, size);
        copy[size] = '\0';
    }
    return copy;
}

static void
free_text(const oz_alloc *alloc, char *text)
{
    if (text != NULL) {
        ozi_alloc_free(alloc, text, strlen(text) + 1);
    }
}

static oz_status
set_string(const oz_alloc *alloc, const oz_option *option, void *place, const oz_scalar *value,
           oz_error *error)
{
    if (value->kind != OZ_SCALAR_STRING || memchr(value->as.data, '\0', value->size) != NULL) {
        return wrong_type(option, "a text without NUL", error);
    }
    char *copy = copy_text(alloc, value->as.data, value->size);
    if (copy == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    free_text(alloc, *(char **)place);
    *(char **)place = copy;
    return OZ_OK;
}

static oz_status
set_choice(const oz_option *option, void *place, const oz_scalar *value, oz_error *error)
{
    int64_t index = 0;
    const char *choice = option->choices;
    while (value->kind == OZ_SCALAR_STRING && choice != NULL) {
        const char *bar = strchr(choice, '|');
        size_t size = bar == NULL ? strlen(choice) : (size_t)(bar - choice);
        if (size == value->size && memcmp(choice, value->as.data, size) == 0) {
            *(int64_t *)place = index;
            return OZ_OK;
        }
        choice = bar == NULL ? NULL : bar + 1;
        index++;
    }
    return oz_error_set(error, OZ_INVALID, "option \"%s\" takes one of %s", option->name,
                        option->choices);
}

/* An OBJECT option keeps any value: bytes are copied, objects retained. */
static oz_status
set_object(const oz_alloc *alloc, const oz_object_class *objects, void *place,
           const oz_scalar *value, oz_error *error)
{
    oz_scalar *scalar = place;
    oz_scalar copy = *value;
    if (value->kind == OZ_SCALAR_OBJECT && objects == NULL) {
        return oz_error_set(error, OZ_INVALID, "the graph was made without a class of objects");
    }
    if (value->kind == OZ_SCALAR_OBJECT) {
        (void)objects->retain(value->as.object);
    } else if (value->kind == OZ_SCALAR_STRING || value->kind == OZ_SCALAR_BYTES) {
        copy.as.data = copy_text(alloc, value->as.data, value->size);
        if (copy.as.data == NULL) {
            return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
        }
    }
    *scalar = copy;
    return OZ_OK;
}

static oz_status
set_option(const oz_alloc *alloc, const oz_object_class *objects, const oz_option *option,
           void *place, const oz_setting *setting, oz_error *error)
{
    const oz_scalar *value = &setting->value;
    switch (option->kind) {
    case OZ_OPTION_BOOL:
        return set_bool(option, place, value, error);
    case OZ_OPTION_INT64:
        return set_int64(option, place, value, error);
    case OZ_OPTION_FLOAT64:
        return set_float64(option, place, value, error);
    case OZ_OPTION_DURATION:
        return set_duration(option, place, value, error);
    case OZ_OPTION_STRING:
        return set_string(alloc, option, place, value, error);
    case OZ_OPTION_CHOICE:
        return set_choice(option, place, value, error);
    case OZ_OPTION_FUNCTION:
        if (setting->function == NULL) {
            return wrong_type(option, "a function", error);
        }
        *(oz_function **)place = oz_function_retain(setting->function);
        return OZ_OK;
    case OZ_OPTION_OBJECT:
        return set_object(alloc, objects, place, value, error);
    }
    return OZ_INVALID;
}

/* ---- defaults -------------------------------------------------------------------------------- */

static oz_scalar
default_value(const oz_option *option)
{
    const char *text = option->by_default;
    oz_scalar value = {.kind = OZ_SCALAR_STRING, .size = (uint32_t)strlen(text)};
    value.as.data = text;
    switch (option->kind) {
    case OZ_OPTION_BOOL:
        value.kind = OZ_SCALAR_BOOL;
        value.as.boolean = strcmp(text, "true") == 0;
        break;
    case OZ_OPTION_INT64:
        value.kind = OZ_SCALAR_INT64;
        value.as.int64 = strtoll(text, NULL, 10);
        break;
    case OZ_OPTION_FLOAT64:
    case OZ_OPTION_DURATION:
        value.kind = OZ_SCALAR_FLOAT64;
        value.as.float64 = strtod(text, NULL);
        break;
    default:
        break;
    }
    return value;
}

static bool
is_given(const oz_option *option, const oz_setting *settings, uint32_t setting_count)
{
    for (uint32_t i = 0; i < setting_count; i++) {
        if (strcmp(settings[i].name, option->name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_required(const oz_option *option)
{
    bool may_be_null = option->kind == OZ_OPTION_FUNCTION || option->kind == OZ_OPTION_OBJECT ||
                       option->kind == OZ_OPTION_STRING;
    return may_be_null ? option->by_default != NULL && strcmp(option->by_default, "required") == 0
                       : option->by_default == NULL;
}

static oz_status
apply_defaults(const oz_alloc *alloc, const oz_operator *op, const oz_setting *settings,
               uint32_t setting_count, char *options, oz_error *error)
{
    for (const oz_option *option = op->options; option != NULL && option->name != NULL; option++) {
        if (is_given(option, settings, setting_count)) {
            continue;
        }
        if (is_required(option)) {
            return oz_error_set(error, OZ_INVALID, "option \"%s\" is required: %s", option->name,
                                option->help);
        }
        if (option->by_default != NULL) {
            oz_setting setting = {.name = option->name, .value = default_value(option)};
            OZ_TRY(set_option(alloc, NULL, option, options + option->offset, &setting, error));
        }
    }
    return OZ_OK;
}

static oz_status
apply_settings(const oz_alloc *alloc, const oz_object_class *objects, const oz_operator *op,
               const oz_setting *settings, uint32_t setting_count, char *options, oz_error *error)
{
    for (uint32_t i = 0; i < setting_count; i++) {
        const oz_option *option = find_option(op, settings[i].name);
        if (option == NULL) {
            return oz_error_set(error, OZ_INVALID, "there is no option \"%s\"", settings[i].name);
        }
        if (is_given(option, settings, i)) {
            return oz_error_set(error, OZ_INVALID, "option \"%s\" is given twice", option->name);
        }
        OZ_TRY(set_option(alloc, objects, option, options + option->offset, &settings[i], error));
    }
    return OZ_OK;
}

oz_status
ozi_options_new(const oz_alloc *alloc, const oz_object_class *objects, const oz_operator *op,
                const oz_setting *settings, uint32_t setting_count, void **out, oz_error *error)
{
    *out = NULL;
    if (op->options_size == 0 && setting_count > 0) {
        return oz_error_set(error, OZ_INVALID, "operator \"%s\": there is no option \"%s\"",
                            op->name, settings[0].name);
    }
    if (op->options_size == 0) {
        return OZ_OK;
    }
    void *options = ozi_alloc_zero(alloc, op->options_size);
    if (options == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    oz_status status = apply_defaults(alloc, op, settings, setting_count, options, error);
    if (status == OZ_OK) {
        status = apply_settings(alloc, objects, op, settings, setting_count, options, error);
    }
    if (status != OZ_OK) {
        ozi_options_free(alloc, objects, op, &options);
        return oz_error_context(error, "operator \"%s\"", op->name);
    }
    *out = options;
    return OZ_OK;
}

void
ozi_options_free(const oz_alloc *alloc, const oz_object_class *objects, const oz_operator *op,
                 void **options)
{
    if (*options == NULL) {
        return;
    }
    for (const oz_option *option = op->options; option != NULL && option->name != NULL; option++) {
        void *place = (char *)*options + option->offset;
        oz_scalar *scalar = place;
        if (option->kind == OZ_OPTION_STRING) {
            free_text(alloc, *(char **)place);
        } else if (option->kind == OZ_OPTION_FUNCTION) {
            oz_function_release((oz_function **)place);
        } else if (option->kind == OZ_OPTION_OBJECT && scalar->kind == OZ_SCALAR_OBJECT) {
            objects->release(scalar->as.object);
        } else if (option->kind == OZ_OPTION_OBJECT &&
                   (scalar->kind == OZ_SCALAR_STRING || scalar->kind == OZ_SCALAR_BYTES)) {
            ozi_alloc_free(alloc, (void *)(uintptr_t)scalar->as.data, scalar->size + 1);
        }
    }
    ozi_alloc_free(alloc, *options, op->options_size);
    *options = NULL;
}

int
ozi_options_visit(const oz_operator *op, const void *options,
                  int (*visit)(oz_object object, void *context), void *context)
{
    for (const oz_option *option = op->options;
         options != NULL && option != NULL && option->name != NULL; option++) {
        const oz_scalar *scalar =
            (const oz_scalar *)(const void *)((const char *)options + option->offset);
        if (option->kind == OZ_OPTION_OBJECT && scalar->kind == OZ_SCALAR_OBJECT) {
            int stop = visit(scalar->as.object, context);
            if (stop != 0) {
                return stop;
            }
        }
    }
    return 0;
}
