/*
 * Says why a program failed. Node knows the whole story, so it is asked first, in a child: after
 * unshare(CLONE_NEWPID) this process can start no thread, but a child of it can. Where Node cannot
 * be reached either (another root directory, an ended pid namespace), one line must do.
 */
#include "launch.h"
#include "sys.h"
#include "text.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <stddef.h>

#define LINE_SIZE 1024

static const struct {
	int error;
	const char *name;
} names[] = {
	{ ENOENT, "ENOENT" },   { EPERM, "EPERM" },     { EACCES, "EACCES" },   { EINVAL, "EINVAL" },
	{ ENOEXEC, "ENOEXEC" }, { ENOTDIR, "ENOTDIR" }, { ENOMEM, "ENOMEM" },   { EBUSY, "EBUSY" },
	{ ENOSPC, "ENOSPC" },   { EEXIST, "EEXIST" },   { ECHILD, "ECHILD" },   { ESRCH, "ESRCH" },
	{ ELOOP, "ELOOP" },     { EROFS, "EROFS" },     { EMFILE, "EMFILE" },   { EAGAIN, "EAGAIN" },
};

/* The child's exit status is the program's when Node has explained it, and 1 when there is no Node. */
static int node_explains(char *const *argv, char **envp, int status)
{
	int ended = 0;
	int64_t child = sys4(__NR_clone, SIGCHLD, 0, 0, 0);
	if (child < 0)
		return 0;
	if (child == 0) {
		launch_node_quietly(argv, envp);
		sys1(__NR_exit_group, 1);
	}
	if (sys4(__NR_wait4, child, PTR(&ended), 0, 0) < 0)
		return 1;
	return ended == status << 8;
}

/*
 * The sentence of a step, in the JSON array that follows the program. The key cannot occur inside
 * a text, because its quotes would be escaped there.
 */
static const char *sentence_of(const char *text, const char *end, int64_t step)
{
	static const char key[] = "{\"sentence\":\"";
	for (; text + sizeof(key) < end; text++) {
		size_t i = 0;
		while (key[i] && text[i] == key[i])
			i++;
		if (!key[i] && step-- == 0)
			return text + i;
	}
	return NULL;
}

static char *append_error(char *to, const char *limit, int error)
{
	char number[24];
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return text_append(to, limit, names[i].name);
	nskit_decimal(number, error);
	return text_append(text_append(to, limit, "errno "), limit, number);
}

static void say(const char *sentence, const char *end, int error)
{
	char line[LINE_SIZE];
	const char *limit = line + sizeof(line) - 64;
	char *to = text_append(text_append(line, limit, launch_command()), limit, ": ");
	for (; sentence && sentence < end && *sentence != '"' && to < limit; sentence++)
		if (*sentence != '\\')
			*to++ = *sentence;
	limit = line + sizeof(line);
	to = append_error(text_append(to, limit, ": failed with "), limit, error);
	to = text_append(to, limit, "\n");
	sys3(__NR_write, 2, PTR(line), to - line);
}

void launch_explain(const struct nskit_program *program, const struct nskit_file *file,
                    char *const *argv, char **envp)
{
	const struct nskit_report *report = program->report;
	const char *text = (const char *)file + file->text_offset;
	const char *end = (const char *)file + file->file_size;
	if (!node_explains(argv, envp, nskit_failure_status(program)))
		say(sentence_of(text, end, report->step), end, report->error);
}
