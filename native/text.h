/* The few string functions that freestanding code needs. */
#ifndef NSKIT_TEXT_H
#define NSKIT_TEXT_H

#include <stddef.h>

static inline int text_equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static inline int text_begins(const char *text, const char *with)
{
	while (*with && *text == *with)
		text++, with++;
	return !*with;
}

/* Appends to what ends at `end` and stays below `limit`; answers the new end, or NULL: no room. */
static inline char *text_append(char *end, const char *limit, const char *more)
{
	if (!end)
		return NULL;
	while (*more && end + 1 < limit)
		*end++ = *more++;
	*end = 0;
	return *more ? NULL : end;
}

#endif
