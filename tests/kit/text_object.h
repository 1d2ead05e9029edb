/*
 * A tiny language for C tests: objects that are a scalar or a text, counted by reference. It knows
 * how many of its objects are alive, and can be told to fail.
 *
 * An object made of a scalar unboxes to it. One made of text is opaque and stands for what a host
 * language has beside native types; by its first character it is
 *
 *     (...)   a tuple: encoded as a key, its text being the canonical bytes
 *     [...]   a list: not hashable
 *     2^N     an integer beyond 64 bits: encoded as the double that it equals
 *     else    an object that is equal to those of the same text
 *
 * Boxed rows become texts: a tuple (1, 'a'), a list [1, 2], a dict {a: 1}. Numbers can be added and
 * compared. One thread.
 */
#ifndef OUZEL_KIT_TEXT_OBJECT_H
#define OUZEL_KIT_TEXT_OBJECT_H

#include "ouzel/object.h"

extern const oz_object_class text_object_class;

/* Objects that are alive. */
extern int64_t text_object_live;

/* Calls that make, hash or compare an object succeed this many times and then fail; -1: always. */
extern int64_t text_object_fail_after;

/* A new reference to an opaque object, and to one made of a scalar. */
oz_object
text_object_new(const char *text);
oz_object
text_object_of(oz_scalar scalar);
oz_object
text_object_of_int64(int64_t value);
oz_object
text_object_of_string(const char *text);

/* What it prints; valid as long as the object. */
const char *
text_object_text(oz_object object);

#endif
