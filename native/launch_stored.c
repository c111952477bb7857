/*
 * Finds and opens the stored program of a named namespace. TypeScript wrote the file and decided
 * where; src/namespaces/state-directory.ts has the same places in the same order.
 */
#include "launch.h"
#include "steps.h"
#include "sys.h"
#include "text.h"

#include <asm/fcntl.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <stddef.h>

#define NAME_MAX_LENGTH 64
#define S_IFMT_ 0170000
#define S_IFREG_ 0100000
#define GROUP_OR_OTHERS_WRITE 022

static int is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

int launch_is_name(const char *text)
{
	size_t n = 0;
	if (!is_word(text[0]))
		return 0;
	for (; text[n]; n++)
		if (!is_word(text[n]) && text[n] != '.' && text[n] != '-')
			return 0;
	return n <= NAME_MAX_LENGTH;
}

/* A program is run only if we or root own it and nobody else can write it. */
static int is_trusted(int64_t fd, uint32_t uid)
{
	struct stat st;
	if (sys2(__NR_fstat, fd, PTR(&st)) < 0)
		return 0;
	return (st.st_mode & S_IFMT_) == S_IFREG_ && !(st.st_mode & GROUP_OR_OTHERS_WRITE) &&
	       (st.st_uid == uid || st.st_uid == 0);
}

static int64_t open_in(const char *base, const char *uid_text, const char *name, uint32_t uid)
{
	char path[512], *limit = path + sizeof(path), *end = path;
	end = text_append(end, limit, base);
	end = text_append(end, limit, uid_text);
	end = text_append(end, limit, "/programs/");
	if (!text_append(end, limit, name))
		return -1;
	int64_t fd = sys4(__NR_openat, AT_FDCWD, PTR(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd >= 0 && !is_trusted(fd, uid)) {
		sys1(__NR_close, fd);
		return -1;
	}
	return fd;
}

int64_t launch_open_stored(const char *name, char **envp)
{
	uint32_t uid = (uint32_t)sys0(__NR_geteuid);
	const char *runtime = nskit_getenv(envp, "XDG_RUNTIME_DIR");
	char uid_text[24], user_run[64], *end;
	int64_t fd;

	nskit_decimal(uid_text, uid);
	if (runtime && *runtime == '/') {
		fd = open_in(runtime, "/nskit", name, uid);
	} else {
		end = text_append(user_run, user_run + sizeof(user_run), "/run/user/");
		end = text_append(end, user_run + sizeof(user_run), uid_text);
		fd = open_in(user_run, "/nskit", name, uid);
		if (fd < 0)
			fd = open_in("/tmp/nskit-", uid_text, name, uid);
	}
	return fd >= 0 ? fd : open_in("/run/nskit", "", name, uid);
}
