#include "supervise.h"
#include "sys.h"

#include <asm/errno.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <stddef.h>

/* wait(2)'s status word, and its options. */
#define WAIT_NOHANG 1
#define WAIT_UNTRACED 2
#define IS_STOPPED(status) (((status) & 0xff) == 0x7f)
#define SIGNAL_OF(status) ((status) & 0x7f)
#define CODE_OF(status) (((status) >> 8) & 0xff)

static void send(int64_t pid, int signal)
{
	sys2(__NR_kill, pid, signal);
}

/*
 * A child that stops (^Z) stops us, so that the shell sees its job stopped; when the shell goes
 * on with us we go on with the child. A plain SIGSTOP, because ours is blocked to be noticed.
 */
static void stop_with(int64_t pid)
{
	send(sys0(__NR_getpid), SIGSTOP);
	send(pid, SIGCONT);
}

/* Reaps all that can be reaped; the status of pid, or -1 while it lives. */
static int64_t reap(int64_t pid)
{
	for (;;) {
		int status = 0;
		int64_t ended = sys4(__NR_wait4, -1, PTR(&status), WAIT_NOHANG | WAIT_UNTRACED, 0);
		if (ended == -ECHILD)
			return 125;
		if (ended <= 0)
			return -1;
		if (ended != pid)
			continue;
		if (IS_STOPPED(status))
			stop_with(pid);
		else
			return SIGNAL_OF(status) ? 128 + SIGNAL_OF(status) : CODE_OF(status);
	}
}

int64_t nskit_supervise(int64_t pid)
{
	uint64_t all = ~(uint64_t)0;
	for (;;) {
		siginfo_t info = { 0 };
		int64_t signal = sys4(__NR_rt_sigtimedwait, PTR(&all), PTR(&info), 0, sizeof(all));
		if (signal == SIGCHLD) {
			int64_t status = reap(pid);
			if (status >= 0)
				return status;
		} else if (signal == SIGCONT) {
			send(pid, SIGCONT);
		} else if (signal > 0 && info.si_code != SI_KERNEL) {
			/* The terminal's own signals have reached the child: it is in our process group. */
			send(pid, (int)signal);
		}
	}
}
