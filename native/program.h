#ifndef NSKIT_PROGRAM_H
#define NSKIT_PROGRAM_H

#include "steps.h"

/* Which process runs the steps. */
enum nskit_place {
	PLACE_HERE = 0, /* the calling thread itself */
	PLACE_CHILD = 1, /* a child that shares our memory, with its own copy of the fds */
	PLACE_CHILD_FILES = 2, /* the same, sharing the fds: what it opens stays open here */
	PLACE_FORK = 3, /* a child with its own memory: whatever changes credentials */
};

struct nskit_outcome {
	int32_t step; /* -1: every step ran; the number of steps: no child could be made */
	int32_t error;
	int32_t pid; /* a program that was started and lives on, else 0 */
	int32_t pidfd;
};

/*
 * Runs a program to its end, or, when it starts another one, until that has been executed.
 * Blocks meanwhile.
 */
struct nskit_outcome nskit_run_in(enum nskit_place place, int starts,
                                  struct nskit_program *program);

#endif
