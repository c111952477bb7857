/*
 * Starts Node: the one recorded beside this file at install, the one of the prefix this package
 * is installed in, or the one in PATH. Says what no Node can say: that there is none.
 */
#include "launch.h"
#include "steps.h"
#include "sys.h"
#include "text.h"

#include <asm/fcntl.h>
#include <asm/resource.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/resource.h>

#define ARGUMENTS_MAX 100000
#define CALLER_SIZE 2048
#define LAST_CLASSIC_SIGNAL 31

struct kernel_sigaction {
	uint64_t handler, flags, restorer, mask;
};

/* Of linux/dirent.h, which programs may not include. */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static char *append_number(char *to, const char *limit, int64_t value)
{
	char number[24];
	nskit_decimal(number, value);
	return text_append(to, limit, number);
}

/* The descriptors we were given beside the standard ones: `:3,5`, as many as there is room for. */
static void note_files(char *to, const char *limit)
{
	char entries[2048];
	const char *separator = ":";
	int64_t n, flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int64_t folder = sys4(__NR_openat, AT_FDCWD, PTR("/proc/self/fd"), flags, 0);

	while ((n = sys3(__NR_getdents64, folder, PTR(entries), sizeof(entries))) > 0)
		for (int64_t at = 0; at < n;) {
			struct directory_entry *entry = (struct directory_entry *)(entries + at);
			int64_t fd = 0;
			at += entry->length;
			for (const char *digit = entry->name; *digit >= '0' && *digit <= '9'; digit++)
				fd = fd * 10 + (*digit - '0');
			if (fd < 3 || fd == folder || limit - to < 24)
				continue;
			to = append_number(text_append(to, limit, separator), limit, fd);
			separator = ",";
		}
	sys1(__NR_close, folder);
}

/*
 * Node resets ignored signals, raises its soft limit of open files and makes every descriptor
 * close-on-exec; a program that runs in its place must find what its caller left (nohup, ulimit
 * -n, 3<file). So we note all three before Node starts:
 * NSKIT_CALLER=<mask of ignored signals>:<soft limit>[:<descriptors>].
 */
static void note_caller(char *to, const char *limit)
{
	int64_t ignored = 0;
	struct rlimit64 files = { 0, 0 };

	for (int signal = 1; signal <= LAST_CLASSIC_SIGNAL; signal++) {
		struct kernel_sigaction old = { 0 };
		sys4(__NR_rt_sigaction, signal, 0, PTR(&old), sizeof(old.mask));
		if (old.handler == 1)
			ignored |= (int64_t)1 << (signal - 1);
	}
	sys4(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, PTR(&files));
	to = append_number(text_append(to, limit, "NSKIT_CALLER="), limit, ignored);
	to = append_number(text_append(to, limit, ":"), limit, (int64_t)(files.rlim_cur & INT64_MAX));
	note_files(to, limit);
}

/*
 * `npm install --global` puts packages in PREFIX/lib/node_modules, and Node itself is in PREFIX/bin.
 * Anywhere else what is that many folders up is not ours to run.
 */
static int is_in_prefix(const char *folder)
{
	static const char place[] = "/lib/node_modules/nskit/bin/";
	int64_t length = 0;
	while (folder[length])
		length++;
	length -= sizeof(place) - 1;
	return length >= 0 && text_equal(folder + length, place);
}

static void say(const char *text)
{
	int64_t length = 0;
	while (text[length])
		length++;
	sys3(__NR_write, 2, PTR(text), length);
}

static int complain(const char *about)
{
	say(launch_command());
	say(about);
	return 125;
}

static int no_node(const char *beside, const char *prefix)
{
	complain(": no Node.js found: looked for ");
	say(beside);
	if (*prefix) {
		say(", for ");
		say(prefix);
	}
	say(" and in PATH. Install Node.js 20 or later; with sudo and a version manager, run npm "
	    "ci again as the user that has Node.\n");
	return 127;
}

/* A file of the package, as a path from bin/. */
static void package_path(char *to, const char *file)
{
	const char *limit = to + LAUNCH_PATH_SIZE;
	text_append(text_append(to, limit, launch_folder()), limit, file);
}

static int start_node(char *const *argv, char **envp, int may_complain)
{
	static char entry[LAUNCH_PATH_SIZE], beside[LAUNCH_PATH_SIZE], prefix[LAUNCH_PATH_SIZE];
	static char file[64], caller[CALLER_SIZE];
	const char *limit = file + sizeof(file);
	int64_t n = 0, variables = 0;

	while (argv[n])
		n++;
	while (envp[variables])
		variables++;
	if (n > ARGUMENTS_MAX || variables > ARGUMENTS_MAX)
		return complain(": too many arguments\n");
	if (!*launch_folder())
		return may_complain ? complain(": /proc is not mounted, and nskit needs it\n") : 125;

	text_append(text_append(text_append(file, limit, "../dist/"), limit, launch_command()), limit,
	            ".cjs");
	package_path(entry, file);
	package_path(beside, ".node");
	if (is_in_prefix(launch_folder()))
		package_path(prefix, "../../../../bin/node");
	note_caller(caller, caller + sizeof(caller));

	/* Our own name stays in front: it is how a command knows by which name it was called. */
	char *arguments[n + 2], *env[variables + 2];
	arguments[0] = argv[0];
	arguments[1] = entry;
	for (int64_t i = 1; i <= n; i++)
		arguments[i + 1] = argv[i];
	env[0] = caller;
	for (int64_t i = 0; i <= variables; i++)
		env[i + 1] = envp[i];

	sys3(__NR_execve, PTR(beside), PTR(arguments), PTR(env));
	if (*prefix)
		sys3(__NR_execve, PTR(prefix), PTR(arguments), PTR(env));
	nskit_execvpe("node", arguments, env);
	return may_complain ? no_node(beside, prefix) : 127;
}

int launch_node(char *const *argv, char **envp)
{
	return start_node(argv, envp, 1);
}

int launch_node_quietly(char *const *argv, char **envp)
{
	return start_node(argv, envp, 0);
}
