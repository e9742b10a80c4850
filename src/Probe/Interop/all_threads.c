/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives up privileges in threads that are not the caller's. Linux keeps credentials per thread and lets a thread change
 * its own only; glibc changes user ids in all threads by a signal to each, and knows nothing of capabilities. So does
 * this: a signal whose handler makes the two calls. It is C because no managed code may run in a signal handler; it
 * uses nothing but system calls, which is all that a handler may do.
 *
 * Linked into the Native AOT program only (NativeLink.targets); AllThreads.cs is its other half.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t l7_kept;

static int l7_apply(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)l7_kept, .permitted = (uint32_t)l7_kept },
		{ .effective = (uint32_t)(l7_kept >> 32), .permitted = (uint32_t)(l7_kept >> 32) },
	};

	if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;

	/* The inheritable set is empty by this, and the ambient set with it. */
	return (int)syscall(SYS_capset, &header, data);
}

static void l7_on_signal(int signal)
{
	int error = errno;

	(void)signal;
	l7_apply();
	errno = error;
}

/* Keeps these capabilities in the calling thread, and makes the signal that is returned do the same to others; negative
 * when it can't. The handler stays: a signal that comes late must not end the program. */
int l7_keep_capabilities(uint64_t kept)
{
	struct sigaction action = { .sa_handler = l7_on_signal, .sa_flags = SA_RESTART | SA_ONSTACK };

	l7_kept = kept;
	if (l7_apply() != 0)
		return -errno;

	/* The runtime takes the first of the real-time signals, and a program started with others ignored keeps them. */
	for (int signal = SIGRTMAX - 1; signal > SIGRTMIN + 1; signal--) {
		struct sigaction before;

		if (sigaction(signal, NULL, &before) == 0 &&
		    (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN || before.sa_handler == l7_on_signal) &&
		    sigaction(signal, &action, NULL) == 0)
			return signal;
	}

	return -EBUSY;
}
