/*
 * The static launcher behind every command of the package. It runs a syscall program from a file:
 * the stored program of a name (`nskit exec NAME CMD`, `nskit shell NAME`: no Node at all), or one
 * handed over by Node (`nskit --program FD ARGS`). Everything else, and every failure, it gives to
 * Node.
 */
#include "launch.h"
#include "steps.h"
#include "sys.h"
#include "text.h"

#include <asm/fcntl.h>
#include <asm/mman.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <stddef.h>

enum entry { ENTRY_EXEC, ENTRY_SHELL };

struct command {
	int64_t fd;
	enum entry entry;
	char **arguments; /* what the program's exec step runs */
};

static int64_t results[STEP_MAX];

void *memset(void *to, int value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = (char)value;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

/* nskit exec NAME [--] CMD..., nskit shell NAME; anything with options is Node's to read. */
static int is_stored_command(int argc, char **argv, char **envp, struct command *command)
{
	if (argc < 3 || !launch_is_name(argv[2]) || !text_equal(launch_command(), "nskit"))
		return 0;
	if (text_equal(argv[1], "shell") && argc == 3) {
		command->entry = ENTRY_SHELL;
		command->arguments = argv + 3;
	} else if (text_equal(argv[1], "exec")) {
		command->entry = ENTRY_EXEC;
		command->arguments = argv + 3 + (argc > 3 && text_equal(argv[3], "--"));
		if (!*command->arguments || **command->arguments == '-')
			return 0;
	} else {
		return 0;
	}
	command->fd = launch_open_stored(argv[2], envp);
	return command->fd >= 0;
}

static int is_given_program(int argc, char **argv, struct command *command)
{
	if (argc < 3 || !text_equal(argv[1], "--program"))
		return 0;
	command->fd = 0;
	for (const char *digit = argv[2]; *digit; digit++)
		command->fd = command->fd * 10 + (*digit - '0');
	sys3(__NR_fcntl, command->fd, F_SETFD, FD_CLOEXEC);
	command->entry = ENTRY_EXEC;
	command->arguments = argv + 3;
	return 1;
}

/* Whether its parts lie in the file, one behind the other; in 64 bits no sum overflows. */
static int is_whole(const struct nskit_file *file, int64_t size)
{
	uint64_t steps = sizeof(*file) + (uint64_t)file->step_count * sizeof(struct nskit_step);
	uint64_t data = steps + (uint64_t)file->relocation_count * sizeof(struct nskit_relocation);
	return file->magic == PROGRAM_MAGIC && file->version == PROGRAM_VERSION &&
	       file->file_size == size && file->step_count <= STEP_MAX &&
	       file->data_offset == data && data + file->data_size == file->text_offset &&
	       file->text_offset <= file->file_size && file->entries[0] <= file->step_count &&
	       file->entries[1] <= file->step_count;
}

/* The file in private memory, or NULL when it is no program of this version. */
static struct nskit_file *map_program(int64_t fd)
{
	struct stat st;
	if (sys2(__NR_fstat, fd, PTR(&st)) < 0 || st.st_size < (int64_t)sizeof(struct nskit_file))
		return NULL;
	int64_t at = sys6(__NR_mmap, 0, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (at < 0 && at >= -4095)
		return NULL;
	struct nskit_file *file = (struct nskit_file *)(intptr_t)at;
	return is_whole(file, st.st_size) ? file : NULL;
}

/* Gives a failure to Node, which reads the sentences behind the program in the same file. */
static void explain(const struct command *command, const struct nskit_program *program,
                    const struct nskit_file *mapped, char **argv)
{
	const struct nskit_report *report = program->report;
	int argc = 0;
	while (argv[argc])
		argc++;
	char fd[24], step[24], error[24];
	char *arguments[argc + 5];
	nskit_decimal(fd, command->fd);
	nskit_decimal(step, report->step);
	nskit_decimal(error, report->error);
	sys3(__NR_fcntl, command->fd, F_SETFD, 0);
	arguments[0] = argv[0];
	arguments[1] = "--failed";
	arguments[2] = fd;
	arguments[3] = step;
	arguments[4] = error;
	for (int i = 1; i <= argc; i++)
		arguments[i + 4] = argv[i];
	launch_explain(program, mapped, arguments, program->envp);
}

static int run(const struct command *command, char **argv, char **envp)
{
	struct nskit_file *file = map_program(command->fd);
	if (!file)
		return launch_node(argv, envp);

	/* Shared, so that a forked child's failure is seen here. */
	struct nskit_report *report = (struct nskit_report *)(intptr_t)sys6(
		__NR_mmap, 0, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	report->step = -1;

	char *base = (char *)file;
	const struct nskit_step *steps = (const struct nskit_step *)(file + 1);
	struct nskit_program program = {
		.steps = steps,
		.count = file->step_count,
		.data = base + file->data_offset,
		.argv = command->arguments,
		.envp = envp,
		.results = results,
		.report = report,
		.statuses = file->statuses,
	};
	nskit_relocate(program.data, (const struct nskit_relocation *)(steps + file->step_count),
	               file->relocation_count);
	switch (nskit_run(&program, file->entries[command->entry])) {
	case END_DONE:
		return 0;
	case END_DEFERRED:
		return launch_node(argv, envp);
	default:
		explain(command, &program, file, argv);
		return nskit_failure_status(&program);
	}
}

__attribute__((used)) void launch(int64_t *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1;
	struct command command;
	int status = 127;

	if (argc > 0) {
		int ours = launch_know_self(argc, argv);
		argc -= ours;
		argv += ours;
		if (is_given_program(argc, argv, &command) ||
		    is_stored_command(argc, argv, envp, &command))
			status = run(&command, argv, envp);
		else
			status = launch_node(argv, envp);
	}
	sys1(__NR_exit_group, status);
	__builtin_unreachable();
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall launch\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl launch\n");
#endif
