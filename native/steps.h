/*
 * A syscall program: a list of steps built in TypeScript, run by one loop. The layouts here are
 * written by src/native/link.ts and checked against it by test/unit/native/layouts.test.ts.
 */
#ifndef NSKIT_STEPS_H
#define NSKIT_STEPS_H

#include <stdint.h>

#define STEP_MAX 4096

/* What an argument is: four bits for each of the six. */
enum nskit_kind {
	KIND_VALUE = 0,  /* the number itself */
	KIND_DATA = 1,   /* a pointer into the data, at this offset */
	KIND_RESULT = 2, /* the result of the step with this index */
	KIND_ARGV = 3,   /* the caller's argument vector, from this index */
	KIND_ENVP = 4,   /* the caller's environment */
};

/* Operations beside system calls, as negative numbers in `nr`. */
enum nskit_op {
	OP_EXPECT_EQ = -1, /* a, b, errno: fails with errno unless a == b */
	OP_EXPECT_NE = -2, /* a, b, errno: fails with errno unless a != b */
	OP_LOAD32 = -3,    /* pointer */
	OP_LOAD64 = -4,    /* pointer */
	OP_STORE32 = -5,   /* pointer, value */
	OP_STORE64 = -6,   /* pointer, value */
	OP_DECIMAL = -7,   /* pointer, value: writes the value in decimal, NUL-terminated */
	OP_JUMP = -8,      /* goes on with the step in on_error */
	OP_GETENV = -9,    /* pointer to a name: a pointer to the caller's value, or ENOENT */
	OP_EXECVPE = -10,  /* argv, envp: execvpe(3) */
	OP_SUPERVISE = -11, /* pid: forwards signals and reaps until pid has ended; its exit status */
	OP_DEFER = -12,    /* gives the whole command to Node */
	OP_CHANGE_ENV = -13, /* name, text: our copy of the caller's variable becomes the text, or
	                        goes when that is 0; one the caller has not is not added */
	OP_REPORT_TO = -14, /* fd: a failure of this process is written there too, as its report */
	OP_KEEP = -15, /* struct nskit_store, fd: keeps descriptors for whoever is at the other end of a
	                  socket, until it has ended; how many entries there are then (keep.h) */
};

enum nskit_step_flag {
	STEP_REMEMBERS = 1, /* an error goes on elsewhere, to tidy up, and yet ends as a failure */
};

struct nskit_step {
	int32_t nr;       /* a system call, or an operation */
	int32_t on_error; /* the step to go on with after an error, or -1: the program ends */
	int32_t on_errno; /* only this errno is forgiven; 0: any */
	int32_t on_zero;  /* the step to go on with when the result is 0 (a new child), or -1 */
	uint32_t kinds;
	uint32_t flags;
	int64_t args[6];
};

/* Where and why a program failed; shared with the children it forks. */
struct nskit_report {
	int32_t step; /* -1: nothing failed */
	int32_t error;
};

struct nskit_program {
	const struct nskit_step *steps;
	uint32_t count;
	char *data;
	char **argv;
	char **envp;
	int64_t *results;
	struct nskit_report *report;
	const uint32_t *statuses; /* see nskit_file; NULL: env(1)'s */
	int64_t report_fd; /* see OP_REPORT_TO; 0: none */
	int nested; /* this process was forked by the program: it must exit, never return */
};

enum nskit_end { END_DONE, END_FAILED, END_DEFERRED };

enum nskit_end nskit_run(struct nskit_program *program, uint32_t entry);

/* What this process exits with after a failure of ours. */
int nskit_failure_status(const struct nskit_program *program);

/* Writes a number that is not negative in decimal, NUL-terminated; answers its length. */
int64_t nskit_decimal(char *to, int64_t value);
char *nskit_getenv(char **envp, const char *name);
int64_t nskit_execvpe(const char *file, char **argv, char **envp);

/* A program in a file: this header, steps, relocations, data, then text the C never reads. */
#define PROGRAM_MAGIC 0x746b736eu /* "nskt" */
#define PROGRAM_VERSION 1u

struct nskit_file {
	uint32_t magic;
	uint32_t version;
	uint32_t step_count;
	uint32_t relocation_count;
	uint32_t data_offset;
	uint32_t data_size;
	uint32_t entries[2]; /* where exec starts, where shell starts */
	uint32_t text_offset;
	uint32_t file_size;
	/* Exit statuses of our own failures: any, cannot execute, not found; 0: env(1)'s. */
	uint32_t statuses[3];
	uint32_t reserved[3];
};

struct nskit_relocation {
	uint32_t at;     /* where in the data a pointer belongs */
	uint32_t target; /* the offset in the data it points to */
};

void nskit_relocate(char *data, const struct nskit_relocation *relocations, uint32_t count);

#endif
