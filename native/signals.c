/*
 * Passes signals on to a child from the handler itself, because only there is it known who sent
 * one: the terminal's own have reached the child already, which is in our process group. What comes
 * before there is a child waits for it, whoever sent it.
 */
#define _GNU_SOURCE
#include "binding.h"
#include "sys.h"

#include <signal.h>

#define CLASSIC_SIGNALS 31

/* A pidfd, which cannot come to mean another process; -1: nobody yet, or any more. */
static volatile sig_atomic_t target = -1;
static volatile sig_atomic_t waiting[CLASSIC_SIGNALS + 1];

static void send(int signal)
{
	sys4(__NR_pidfd_send_signal, target, signal, 0, 0);
}

static void send_waiting(void)
{
	for (int signal = 1; signal <= CLASSIC_SIGNALS; signal++) {
		if (!waiting[signal])
			continue;
		waiting[signal] = 0;
		send(signal);
	}
}

static void pass_on(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (target < 0) {
		waiting[signal] = 1;
		/* Another thread may have found the child meanwhile. */
		if (target >= 0)
			send_waiting();
	} else if (info->si_code != SI_KERNEL) {
		send(signal);
	}
}

/* holdSignals(signals): from now on these wait for a child. */
napi_value nskit_hold_signals(napi_env env, napi_callback_info info)
{
	size_t argc = 1, count = 0;
	napi_value argv[1];
	int32_t *signals = NULL;
	struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_typedarray_info(env, argv[0], NULL, &count, (void **)&signals, NULL, NULL);
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < count; i++)
		if (signals[i] > 0 && signals[i] <= CLASSIC_SIGNALS)
			sigaction(signals[i], &action, NULL);
	return NULL;
}

/* passSignals(pidfd): to this process; -1: to nobody any more. */
napi_value nskit_pass_signals(napi_env env, napi_callback_info info)
{
	size_t argc = 1;
	napi_value argv[1];
	int32_t pidfd = -1;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_value_int32(env, argv[0], &pidfd);
	target = pidfd;
	if (pidfd >= 0)
		send_waiting();
	return NULL;
}
