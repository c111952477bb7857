#ifndef NSKIT_SUPERVISE_H
#define NSKIT_SUPERVISE_H

#include <stdint.h>

/*
 * Stands in for a child in front of whoever waits for this process: reaps, stops when the child
 * stops, passes signals on. Returns the child's exit status, 128+n for a signal. The caller has
 * blocked all signals before the fork.
 */
int64_t nskit_supervise(int64_t pid);

#endif
