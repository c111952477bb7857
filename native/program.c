/*
 * Runs a syscall program in a cloned child of a multi-threaded process. The child holds still
 * nobody but the calling thread (CLONE_VFORK), has a stack of its own, and runs nothing but the
 * loop of steps.c.
 */
#define _GNU_SOURCE
#include "program.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define STACK_SIZE (128 * 1024)
#define SIGNALS 64
#define WAIT_ALL 0x40000000 /* __WALL */

struct kernel_sigaction {
	uint64_t handler, flags, restorer, mask;
};

/*
 * Before any signal is let in, because a handler of Node's would run in the child, in memory
 * that is Node's too. What is ignored stays so until a step of the program says otherwise.
 */
static void reset_handlers(void)
{
	struct kernel_sigaction fresh = { 0 };
	for (int signal = 1; signal <= SIGNALS; signal++) {
		struct kernel_sigaction old = { 0 };
		sys4(__NR_rt_sigaction, signal, 0, PTR(&old), sizeof(old.mask));
		if (old.handler > 1)
			sys4(__NR_rt_sigaction, signal, PTR(&fresh), 0, sizeof(old.mask));
	}
}

static int child(void *argument)
{
	struct nskit_program *program = argument;
	program->nested = 1;
	reset_handlers();
	nskit_run(program, 0);
	return 0;
}

static int clone_flags(enum nskit_place place)
{
	int flags = CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
	if (place != PLACE_FORK)
		flags |= CLONE_VM;
	if (place == PLACE_CHILD_FILES)
		flags |= CLONE_FILES;
	return flags;
}

/* The step after the last one that has answered; results begin as -1. */
static int32_t unanswered_step(const struct nskit_program *program)
{
	int32_t last = -1;
	for (uint32_t i = 0; i < program->count; i++)
		if (program->results[i] != -1)
			last = (int32_t)i;
	return last + 1 < (int32_t)program->count ? last + 1 : last;
}

/* A child that ended is reaped here; a program it has become is its starter's to wait for. */
static void settle(struct nskit_outcome *outcome, const struct nskit_program *program, int starts)
{
	outcome->step = program->report->step;
	outcome->error = program->report->error;
	if (starts && outcome->step < 0)
		return;
	int status = 0;
	sys4(__NR_wait4, outcome->pid, PTR(&status), WAIT_ALL, 0);
	/* Killed (a seccomp filter, the OOM killer) before it could say so itself. */
	if (outcome->step < 0 && (status & 0x7f)) {
		outcome->step = unanswered_step(program);
		outcome->error = EINTR;
	}
	sys1(__NR_close, outcome->pidfd);
	outcome->pid = 0;
	outcome->pidfd = -1;
}

/* No step failed, because there was no child to run one: the step after the last. */
static struct nskit_outcome no_child(const struct nskit_program *program, int error)
{
	return (struct nskit_outcome){
		.step = (int32_t)program->count, .error = error, .pidfd = -1
	};
}

static struct nskit_outcome run_in_child(enum nskit_place place, int starts,
                                        struct nskit_program *program)
{
	struct nskit_outcome outcome = { .step = -1, .pidfd = -1 };
	/* Shared, so that a child with its own memory, and its children, can report too. */
	size_t results_size = program->count * sizeof(int64_t);
	size_t shared_size = sizeof(struct nskit_report) + results_size;
	struct nskit_report *report = mmap(NULL, shared_size, PROT_READ | PROT_WRITE,
	                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (report == MAP_FAILED || stack == MAP_FAILED) {
		if (report != MAP_FAILED)
			munmap(report, shared_size);
		if (stack != MAP_FAILED)
			munmap(stack, STACK_SIZE);
		return no_child(program, ENOMEM);
	}
	report->step = -1;
	program->report = report;
	int64_t *results = program->results;
	program->results = (int64_t *)(report + 1);
	memcpy(program->results, results, results_size);

	uint64_t all = ~(uint64_t)0, old = 0;
	sys4(__NR_rt_sigprocmask, SIG_BLOCK, PTR(&all), PTR(&old), sizeof(all));
	outcome.pid = clone(child, stack + STACK_SIZE, clone_flags(place), program, &outcome.pidfd);
	int error = errno;
	sys4(__NR_rt_sigprocmask, SIG_SETMASK, PTR(&old), 0, sizeof(old));

	if (outcome.pid < 0)
		outcome = no_child(program, error);
	else
		settle(&outcome, program, starts);
	memcpy(results, program->results, results_size);
	munmap(stack, STACK_SIZE);
	munmap(report, shared_size);
	return outcome;
}

struct nskit_outcome nskit_run_in(enum nskit_place place, int starts, struct nskit_program *program)
{
	if (place != PLACE_HERE)
		return run_in_child(place, starts, program);

	struct nskit_report report = { .step = -1 };
	program->report = &report;
	nskit_run(program, 0);
	return (struct nskit_outcome){ .step = report.step, .error = report.error, .pidfd = -1 };
}
