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

/* Whoever it belongs to may not have meant us. */
static int is_ours(const char *folder, uint32_t uid)
{
	struct stat st;
	int64_t fd = sys4(__NR_openat, AT_FDCWD, PTR(folder), O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	int ours = sys2(__NR_fstat, fd, PTR(&st)) == 0 && st.st_uid == uid &&
	           !(st.st_mode & GROUP_OR_OTHERS_WRITE);
	sys1(__NR_close, fd);
	return ours;
}

/* Root of the machine, who looks in no folder that a user could have made. */
static int is_real_root(uint32_t uid)
{
	static const char initial[] = "user:[4026531837]";
	char link[32];
	int64_t n;
	if (uid != 0)
		return 0;
	n = sys4(__NR_readlinkat, AT_FDCWD, PTR("/proc/self/ns/user"), PTR(link), sizeof(link) - 1);
	link[n > 0 ? n : 0] = 0;
	return n <= 0 || text_equal(link, initial);
}

static int64_t open_own(const char *name, uint32_t uid, char **envp)
{
	const char *runtime = nskit_getenv(envp, "XDG_RUNTIME_DIR");
	char uid_text[24], standard[64], *limit = standard + sizeof(standard);

	nskit_decimal(uid_text, uid);
	text_append(text_append(standard, limit, "/run/user/"), limit, uid_text);
	if (runtime && *runtime == '/' && is_ours(runtime, uid))
		return open_in(runtime, "/nskit", name, uid);
	if (is_ours(standard, uid))
		return open_in(standard, "/nskit", name, uid);
	return open_in("/tmp/nskit-", uid_text, name, uid);
}

int64_t launch_open_stored(const char *name, char **envp)
{
	uint32_t uid = (uint32_t)sys0(__NR_geteuid);
	int64_t fd = is_real_root(uid) ? -1 : open_own(name, uid, envp);
	return fd >= 0 ? fd : open_in("/run/nskit", "", name, uid);
}
