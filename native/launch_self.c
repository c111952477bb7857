/*
 * Which of the package's commands this is, and where the package lies. Every command in bin/ is a
 * copy of this launcher. Where the file's own name does not tell, because it runs from
 * launcher-linux-ARCH or from a copy in memory, whoever started it says so.
 */
#include "launch.h"
#include "sys.h"
#include "text.h"

#include <linux/fcntl.h>

#define NAME_SIZE 32

static char path[LAUNCH_PATH_SIZE], name[NAME_SIZE];

static char *after_last_slash(char *text)
{
	char *after = text;
	for (; *text; text++)
		if (*text == '/')
			after = text + 1;
	return after;
}

/* The command in a file's name: nskit of nskit-pause; none of launcher-linux-x64. */
static int take_name(const char *from)
{
	size_t n = 0;
	for (; from[n] && from[n] != '-' && n + 1 < sizeof(name); n++)
		name[n] = from[n];
	name[n] = 0;
	return n > 0 && !text_equal(name, "launcher");
}

int launch_know_self(int argc, char **argv)
{
	int64_t n = sys4(__NR_readlinkat, AT_FDCWD, PTR("/proc/self/exe"), PTR(path), sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	/* A copy in memory is in no folder: its starter names the file that it is a copy of. */
	if (text_begins(path, "/memfd:"))
		text_append(path, path + sizeof(path), argv[0]);

	char *file = after_last_slash(path);
	int said = argc > 3 && text_equal(argv[1], "--as");
	if (!take_name(file) && !take_name(said ? argv[2] : after_last_slash(argv[0])))
		take_name("nskit");
	said = said && text_begins(file, "launcher-");
	*file = 0;
	return said ? 3 : 0;
}

const char *launch_folder(void)
{
	return path;
}

const char *launch_command(void)
{
	return name;
}
