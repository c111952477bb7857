/*
 * The loop that runs a syscall program. It decides nothing: every number, text and order comes
 * from the program. Freestanding, because it also runs in a child that shares Node's memory.
 */
#include "steps.h"
#include "keep.h"
#include "supervise.h"
#include "sys.h"

#include <asm/errno.h>
#include <stddef.h>

#define PATH_SIZE 4096
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"
#define SHELL_ARGS_MAX 1024

static int64_t argument(const struct nskit_program *p, const struct nskit_step *s, int i)
{
	int64_t value = s->args[i];
	switch ((s->kinds >> (4 * i)) & 15) {
	case KIND_DATA:
		return PTR(p->data + value);
	case KIND_RESULT:
		return p->results[value];
	case KIND_ARGV:
		return PTR(p->argv + value);
	case KIND_ENVP:
		return PTR(p->envp);
	default:
		return value;
	}
}

int64_t nskit_decimal(char *to, int64_t value)
{
	char digits[20];
	int n = 0;
	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	for (int i = 0; i < n; i++)
		to[i] = digits[n - 1 - i];
	to[n] = 0;
	return n;
}

/* Where the value begins, or NULL when the variable has another name. */
static char *value_of(char *variable, const char *name)
{
	size_t i = 0;
	while (name[i] && variable[i] == name[i])
		i++;
	return !name[i] && variable[i] == '=' ? variable + i + 1 : NULL;
}

char *nskit_getenv(char **envp, const char *name)
{
	for (; *envp; envp++) {
		char *value = value_of(*envp, name);
		if (value)
			return value;
	}
	return NULL;
}

static void change_environment(char **envp, const char *name, char *text)
{
	char **kept = envp;
	for (; *envp; envp++) {
		if (!value_of(*envp, name))
			*kept++ = *envp;
		else if (text)
			*kept++ = text;
	}
	*kept = NULL;
}

/* A file the kernel does not know how to run is a shell script, as in execvp(3). */
static int64_t execute(const char *path, char **argv, char **envp)
{
	int64_t error = sys3(__NR_execve, PTR(path), PTR(argv), PTR(envp));
	if (error != -ENOEXEC)
		return error;
	const char *script[SHELL_ARGS_MAX + 3] = { "/bin/sh", path };
	size_t n = 0;
	while (argv[n])
		n++;
	if (n > SHELL_ARGS_MAX)
		return -E2BIG;
	for (size_t i = 1; i <= n; i++)
		script[i + 1] = argv[i];
	return sys3(__NR_execve, PTR(script[0]), PTR(script), PTR(envp));
}

int64_t nskit_execvpe(const char *file, char **argv, char **envp)
{
	if (!file || !*file)
		return -ENOENT;
	size_t length = 0;
	for (; file[length]; length++)
		if (file[length] == '/')
			return execute(file, argv, envp);

	const char *path = nskit_getenv(envp, "PATH");
	int64_t answer = -ENOENT;
	for (const char *dir = path ? path : DEFAULT_PATH; dir;) {
		char full[PATH_SIZE];
		size_t n = 0;
		while (dir[n] && dir[n] != ':')
			n++;
		if (n + length + 2 <= sizeof(full)) {
			size_t at = 0;
			for (; at < n; at++)
				full[at] = dir[at];
			if (n)
				full[at++] = '/';
			for (size_t i = 0; i <= length; i++)
				full[at + i] = file[i];
			int64_t error = execute(full, argv, envp);
			if (error == -EACCES)
				answer = error;
			else if (error != -ENOENT && error != -ENOTDIR)
				return error;
		}
		dir = dir[n] ? dir + n + 1 : NULL;
	}
	return answer;
}

static int64_t operate(struct nskit_program *p, const struct nskit_step *s)
{
	int64_t a = argument(p, s, 0), b = argument(p, s, 1), c = argument(p, s, 2);
	switch (s->nr) {
	case OP_EXPECT_EQ:
		return a == b ? 1 : -c;
	case OP_EXPECT_NE:
		return a != b ? 1 : -c;
	case OP_LOAD32:
		return *(int32_t *)(intptr_t)a;
	case OP_LOAD64:
		return *(int64_t *)(intptr_t)a;
	case OP_STORE32:
		*(int32_t *)(intptr_t)a = (int32_t)b;
		return 1;
	case OP_STORE64:
		*(int64_t *)(intptr_t)a = b;
		return 1;
	case OP_DECIMAL:
		return nskit_decimal((char *)(intptr_t)a, b);
	case OP_GETENV: {
		char *value = nskit_getenv(p->envp, (const char *)(intptr_t)a);
		return value && *value ? PTR(value) : -ENOENT;
	}
	case OP_CHANGE_ENV:
		change_environment(p->envp, (const char *)(intptr_t)a, (char *)(intptr_t)b);
		return 1;
	case OP_EXECVPE:
		return nskit_execvpe(*(char **)(intptr_t)a, (char **)(intptr_t)a, (char **)(intptr_t)b);
	case OP_SUPERVISE:
		return nskit_supervise(a);
	case OP_KEEP:
		return nskit_keep((struct nskit_store *)(intptr_t)a, b);
	case OP_REPORT_TO:
		p->report_fd = a;
		return 1;
	default:
		return -ENOSYS;
	}
}

static int is_error(const struct nskit_step *s, int64_t result)
{
	/* A loaded number may be negative and still be a number. */
	return result < 0 && result >= -4095 && s->nr != OP_LOAD32 && s->nr != OP_LOAD64;
}

/* The first failure wins: a parent that then finds its child dead must not hide the cause. */
static void report(const struct nskit_program *p, uint32_t step, int64_t result)
{
	struct nskit_report *r = p->report;
	if (r->step >= 0)
		return;
	r->error = (int32_t)-result;
	r->step = (int32_t)step;
	if (p->report_fd > 0)
		sys3(__NR_write, p->report_fd, PTR(r), sizeof(*r));
}

int nskit_failure_status(const struct nskit_program *p)
{
	const struct nskit_step *s = &p->steps[p->report->step];
	int is_exec = s->nr == OP_EXECVPE || s->nr == __NR_execve || s->nr == __NR_execveat;
	int which = !is_exec ? 0 : p->report->error == ENOENT ? 2 : 1;
	return p->statuses && p->statuses[which] ? (int)p->statuses[which] : 125 + which;
}

static enum nskit_end finish(struct nskit_program *p, enum nskit_end end)
{
	if (p->nested)
		sys1(__NR_exit_group, end == END_DONE ? 0 : nskit_failure_status(p));
	return end;
}

enum nskit_end nskit_run(struct nskit_program *p, uint32_t entry)
{
	enum nskit_end end = END_DONE;
	for (uint32_t i = entry; i < p->count;) {
		const struct nskit_step *s = &p->steps[i];
		int64_t result;

		if (s->nr == OP_JUMP) {
			i = (uint32_t)s->on_error;
			continue;
		}
		if (s->nr == OP_DEFER)
			return finish(p, END_DEFERRED);
		if (s->nr >= 0)
			result = sys6(s->nr, argument(p, s, 0), argument(p, s, 1), argument(p, s, 2),
			              argument(p, s, 3), argument(p, s, 4), argument(p, s, 5));
		else
			result = operate(p, s);
		/* Of a fork the parent's answer counts: a child may write to the same memory. */
		if (result != 0 || s->on_zero < 0)
			p->results[i] = result;

		if (s->nr == OP_SUPERVISE && p->report->step >= 0)
			return finish(p, END_FAILED);
		if (is_error(s, result)) {
			int goes_on = s->on_error >= 0 && (!s->on_errno || s->on_errno == -result);
			if (!goes_on || (s->flags & STEP_REMEMBERS)) {
				report(p, i, result);
				end = END_FAILED;
			}
			if (!goes_on)
				break;
			i = (uint32_t)s->on_error;
		} else if (result == 0 && s->on_zero >= 0) {
			p->nested = 1;
			i = (uint32_t)s->on_zero;
		} else {
			i++;
		}
	}
	return finish(p, end);
}

void nskit_relocate(char *data, const struct nskit_relocation *relocations, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		*(char **)(data + relocations[i].at) = data + relocations[i].target;
}
