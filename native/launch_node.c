/*
 * Starts Node: the one recorded beside this file at install, the one of the prefix this package
 * is installed in, or the one in PATH. Says what no Node can say: that there is none.
 */
#include "launch.h"
#include "steps.h"
#include "sys.h"
#include "text.h"

#include <asm/resource.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/resource.h>

#define PATH_SIZE 4096
#define ARGUMENTS_MAX 100000
#define LAST_CLASSIC_SIGNAL 31

struct kernel_sigaction {
	uint64_t handler, flags, restorer, mask;
};

/*
 * Node resets ignored signals and raises its soft limit of open files; a program that runs in its
 * place must find what its caller left (nohup, ulimit -n). So we note both before Node starts:
 * NSKIT_CALLER=<mask of ignored signals>:<soft limit>.
 */
static void note_caller(char *to, const char *limit)
{
	int64_t ignored = 0;
	struct rlimit64 files = { 0, 0 };
	char number[24];

	for (int signal = 1; signal <= LAST_CLASSIC_SIGNAL; signal++) {
		struct kernel_sigaction old = { 0 };
		sys4(__NR_rt_sigaction, signal, 0, PTR(&old), sizeof(old.mask));
		if (old.handler == 1)
			ignored |= (int64_t)1 << (signal - 1);
	}
	sys4(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, PTR(&files));
	nskit_decimal(number, ignored);
	to = text_append(to, limit, "NSKIT_CALLER=");
	to = text_append(to, limit, number);
	to = text_append(to, limit, ":");
	nskit_decimal(number, (int64_t)(files.rlim_cur & INT64_MAX));
	text_append(to, limit, number);
}

/* Copies the folder this executable is in, with a slash, to `to`; its length, or 0. */
static int64_t own_folder(char *to, int64_t size)
{
	int64_t n = sys4(__NR_readlinkat, AT_FDCWD, PTR("/proc/self/exe"), PTR(to), size - 1);
	while (n > 0 && to[n - 1] != '/')
		n--;
	if (n < 0)
		n = 0;
	to[n] = 0;
	return n;
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

static int no_node(const char *beside, const char *prefix)
{
	say("nskit: no Node.js found: looked for ");
	say(beside);
	if (*prefix) {
		say(", for ");
		say(prefix);
	}
	say(" and in PATH. Install Node.js 20 or later; with sudo and a version manager, run npm "
	    "ci again as the user that has Node.\n");
	return 127;
}

static int start_node(char *const *arguments, char **envp, int may_complain)
{
	char folder[PATH_SIZE], entry[PATH_SIZE], beside[PATH_SIZE], prefix[PATH_SIZE];
	char caller[64];
	int64_t n = 0, variables = 0;

	while (arguments[n])
		n++;
	while (envp[variables])
		variables++;
	if (n > ARGUMENTS_MAX || variables > ARGUMENTS_MAX) {
		say("nskit: too many arguments\n");
		return 125;
	}
	if (!own_folder(folder, sizeof(folder))) {
		if (may_complain)
			say("nskit: /proc is not mounted, and nskit needs it\n");
		return 125;
	}

	text_append(text_append(entry, entry + PATH_SIZE, folder), entry + PATH_SIZE,
	            "../dist/nskit.cjs");
	text_append(text_append(beside, beside + PATH_SIZE, folder), beside + PATH_SIZE, ".node");
	*prefix = 0;
	if (is_in_prefix(folder))
		text_append(text_append(prefix, prefix + PATH_SIZE, folder), prefix + PATH_SIZE,
		            "../../../../bin/node");
	note_caller(caller, caller + sizeof(caller));

	char *argv[n + 3], *env[variables + 2];
	argv[0] = "node";
	argv[1] = entry;
	for (int64_t i = 0; i <= n; i++)
		argv[i + 2] = arguments[i];
	env[0] = caller;
	for (int64_t i = 0; i <= variables; i++)
		env[i + 1] = envp[i];

	sys3(__NR_execve, PTR(beside), PTR(argv), PTR(env));
	if (*prefix)
		sys3(__NR_execve, PTR(prefix), PTR(argv), PTR(env));
	nskit_execvpe(argv, env);
	return may_complain ? no_node(beside, prefix) : 127;
}

int launch_node(char *const *arguments, char **envp)
{
	return start_node(arguments, envp, 1);
}

int launch_node_quietly(char *const *arguments, char **envp)
{
	return start_node(arguments, envp, 0);
}
