/*
 * What the headers of the kernel and of libc say about every number that TypeScript writes down
 * itself: constants, system calls, sizes and offsets. test/unit/native/layouts.test.ts compiles
 * this to an object, for each architecture, reads the table out of its section and compares;
 * nothing here ever runs.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

struct layout {
	char name[56];
	int64_t value;
};

#define NUMBER(name) { #name, (int64_t)(name) }
#define SIZE(type) { "sizeof " #type, (int64_t)sizeof(type) }
#define OFFSET(type, member) { #type "." #member, (int64_t)offsetof(type, member) }
#define TABLE __attribute__((used, section("nskit_layouts"))) static const struct layout table[]

#ifdef LAYOUTS_OF_LIBUV
/* An object of its own, because uv.h and our uv_abi.h declare the same functions. */
#include <uv.h>

TABLE = { { "UV_POLL_TYPE", UV_POLL }, { "UV_READABLE_EVENT", UV_READABLE } };

#else
#include "steps.h"
#include "uv_abi.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/nsfs.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/wait.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <asm/unistd.h>

/* The kernel's own, not libc's, whose mask is longer; beside those that libc has defined above. */
#define sigset_t kernel_sigset_t
#define sigaction kernel_sigaction
#define timeval kernel_timeval
#include <asm/signal.h>
#include <asm/siginfo.h>

TABLE = {
	SIZE(struct nskit_step),
	OFFSET(struct nskit_step, nr),
	OFFSET(struct nskit_step, on_error),
	OFFSET(struct nskit_step, on_errno),
	OFFSET(struct nskit_step, on_zero),
	OFFSET(struct nskit_step, kinds),
	OFFSET(struct nskit_step, args),
	SIZE(struct nskit_file),
	OFFSET(struct nskit_file, magic),
	OFFSET(struct nskit_file, version),
	OFFSET(struct nskit_file, step_count),
	OFFSET(struct nskit_file, relocation_count),
	OFFSET(struct nskit_file, data_offset),
	OFFSET(struct nskit_file, data_size),
	OFFSET(struct nskit_file, entries),
	OFFSET(struct nskit_file, text_offset),
	OFFSET(struct nskit_file, file_size),
	OFFSET(struct nskit_file, statuses),
	SIZE(struct nskit_relocation),
	NUMBER(PROGRAM_MAGIC), NUMBER(PROGRAM_VERSION), NUMBER(STEP_MAX), NUMBER(KIND_VALUE),
	NUMBER(KIND_DATA), NUMBER(KIND_RESULT), NUMBER(KIND_ARGV), NUMBER(KIND_ENVP),
	NUMBER(OP_EXPECT_EQ), NUMBER(OP_EXPECT_NE), NUMBER(OP_LOAD32), NUMBER(OP_LOAD64),
	NUMBER(OP_STORE32), NUMBER(OP_STORE64), NUMBER(OP_DECIMAL), NUMBER(OP_JUMP),
	NUMBER(OP_GETENV), NUMBER(OP_EXECVPE), NUMBER(OP_SUPERVISE), NUMBER(OP_DEFER),
	NUMBER(OP_CHANGE_ENV), NUMBER(UV_POLL_TYPE), NUMBER(UV_READABLE_EVENT),

	SIZE(struct flock),
	OFFSET(struct flock, l_type),
	OFFSET(struct flock, l_pid),
	SIZE(struct clone_args),
	OFFSET(struct clone_args, flags),
	OFFSET(struct clone_args, exit_signal),
	SIZE(struct ifreq),
	OFFSET(struct ifreq, ifr_flags),
	SIZE(siginfo_t),
	OFFSET(siginfo_t, si_code),
	OFFSET(siginfo_t, si_status),
	NUMBER(CLD_EXITED),
	SIZE(struct statx),
	OFFSET(struct statx, stx_ino),
	SIZE(struct kernel_sigaction),
	OFFSET(struct kernel_sigaction, sa_handler),
	SIZE(kernel_sigset_t),
	SIZE(struct epoll_event),
	OFFSET(struct epoll_event, events),
	OFFSET(struct epoll_event, data),
	SIZE(struct sock_fprog),
	OFFSET(struct sock_fprog, filter),
	SIZE(struct sock_filter),
	SIZE(struct pollfd),
	OFFSET(struct pollfd, fd),
	OFFSET(struct pollfd, events),
	SIZE(struct rlimit),
	OFFSET(struct rlimit, rlim_cur),
	OFFSET(struct rlimit, rlim_max),
	NUMBER(RLIMIT_NOFILE),
	SIZE(struct msghdr),
	OFFSET(struct msghdr, msg_iov),
	OFFSET(struct msghdr, msg_iovlen),
	OFFSET(struct msghdr, msg_control),
	OFFSET(struct msghdr, msg_controllen),
	SIZE(struct iovec),
	OFFSET(struct iovec, iov_len),
	SIZE(struct cmsghdr),
	OFFSET(struct cmsghdr, cmsg_level),
	OFFSET(struct cmsghdr, cmsg_type),
	SIZE(struct sock_extended_err),
	OFFSET(struct sock_extended_err, ee_origin),
	OFFSET(struct sock_extended_err, ee_type),
	OFFSET(struct sock_extended_err, ee_code),
	OFFSET(struct sock_extended_err, ee_info),

	NUMBER(AT_FDCWD), NUMBER(AT_EMPTY_PATH), NUMBER(AT_REMOVEDIR), NUMBER(AT_RECURSIVE),
	NUMBER(AT_SYMLINK_NOFOLLOW), NUMBER(CLONE_NEWTIME), NUMBER(CLONE_VM),
	NUMBER(CLONE_FILES), NUMBER(CLONE_VFORK), NUMBER(CLONE_PARENT), NUMBER(CLONE_NEWNS),
	NUMBER(CLONE_NEWCGROUP), NUMBER(CLONE_NEWUTS), NUMBER(CLONE_NEWIPC),
	NUMBER(CLONE_NEWUSER), NUMBER(CLONE_NEWPID), NUMBER(CLONE_NEWNET),
	NUMBER(CLOSE_RANGE_CLOEXEC), NUMBER(EPOLLIN), NUMBER(EPOLL_CTL_ADD),
	NUMBER(EPOLL_CTL_DEL), NUMBER(EPOLL_CTL_MOD), NUMBER(F_DUPFD_CLOEXEC), NUMBER(F_GETFD),
	NUMBER(F_SETFD), NUMBER(F_GETLK), NUMBER(F_SETLK), NUMBER(F_ADD_SEALS),
	NUMBER(F_SEAL_SEAL), NUMBER(F_SEAL_SHRINK), NUMBER(F_SEAL_GROW), NUMBER(F_SEAL_WRITE),
	NUMBER(F_RDLCK), NUMBER(F_WRLCK), NUMBER(F_UNLCK), NUMBER(FD_CLOEXEC), NUMBER(IFF_UP), NUMBER(IFF_RUNNING),
	NUMBER(SIOCSIFFLAGS), NUMBER(SIOCGSKNS), NUMBER(AF_INET), NUMBER(SOCK_DGRAM),
	NUMBER(SOCK_CLOEXEC), NUMBER(IN_ATTRIB), NUMBER(IN_DELETE_SELF), NUMBER(IN_MOVE_SELF),
	NUMBER(IN_CLOEXEC), NUMBER(IN_NONBLOCK), NUMBER(LOCK_SH), NUMBER(LOCK_EX),
	NUMBER(LOCK_NB), NUMBER(LOCK_UN), NUMBER(KEYCTL_JOIN_SESSION_KEYRING),
	NUMBER(MFD_CLOEXEC), NUMBER(MFD_ALLOW_SEALING),
#ifdef MFD_EXEC
	NUMBER(MFD_EXEC),
#endif
	NUMBER(MNT_DETACH), NUMBER(MOUNT_ATTR_RDONLY), NUMBER(MOUNT_ATTR_NOSUID),
	NUMBER(MOUNT_ATTR_NODEV), NUMBER(MOUNT_ATTR_NOEXEC), NUMBER(MOVE_MOUNT_F_EMPTY_PATH),
	NUMBER(MS_RDONLY), NUMBER(MS_NOSUID), NUMBER(MS_NODEV), NUMBER(MS_NOEXEC),
	NUMBER(MS_REMOUNT), NUMBER(MS_BIND), NUMBER(MS_MOVE), NUMBER(MS_REC),
	NUMBER(MS_UNBINDABLE), NUMBER(MS_PRIVATE), NUMBER(MS_SLAVE), NUMBER(MS_SHARED),
	NUMBER(NSFS_MAGIC), NUMBER(NS_GET_USERNS), NUMBER(NS_GET_PARENT), NUMBER(NS_GET_NSTYPE),
	NUMBER(NS_GET_OWNER_UID), NUMBER(O_RDONLY), NUMBER(O_WRONLY), NUMBER(O_RDWR),
	NUMBER(O_CREAT), NUMBER(O_EXCL), NUMBER(O_NOCTTY), NUMBER(O_TRUNC), NUMBER(O_NONBLOCK),
	NUMBER(O_CLOEXEC), NUMBER(O_PATH), NUMBER(O_DIRECTORY), NUMBER(O_NOFOLLOW),
	NUMBER(OPEN_TREE_CLONE), NUMBER(OPEN_TREE_CLOEXEC), NUMBER(POLLIN), NUMBER(POLLPRI),
	{ "LINUX_CAPABILITY_VERSION_3", _LINUX_CAPABILITY_VERSION_3 },
	NUMBER(PR_SET_PDEATHSIG), NUMBER(PR_SET_DUMPABLE), NUMBER(PR_SET_KEEPCAPS),
	NUMBER(PR_CAPBSET_READ), NUMBER(PR_SET_NO_NEW_PRIVS), NUMBER(PR_GET_NO_NEW_PRIVS),
	NUMBER(PR_CAP_AMBIENT), NUMBER(PR_CAP_AMBIENT_RAISE), NUMBER(PR_CAP_AMBIENT_CLEAR_ALL),
	NUMBER(SECCOMP_SET_MODE_FILTER), NUMBER(P_PIDFD), NUMBER(WEXITED), NUMBER(WNOHANG),
	NUMBER(EPOLLOUT), NUMBER(EPOLLERR), NUMBER(EPOLLHUP), NUMBER(EPOLLRDHUP),
	{ "EPOLLET", (int32_t)EPOLLET }, NUMBER(SOCK_STREAM), NUMBER(SOCK_NONBLOCK),
	NUMBER(SOL_SOCKET), NUMBER(SO_ERROR), NUMBER(SO_SNDBUF), NUMBER(SO_RCVBUF),
	NUMBER(SO_LINGER), NUMBER(SO_BINDTODEVICE), NUMBER(SO_PEEK_OFF), NUMBER(SO_MEMINFO),
	NUMBER(SK_MEMINFO_WMEM_ALLOC), NUMBER(SK_MEMINFO_SNDBUF),
	NUMBER(SK_MEMINFO_WMEM_QUEUED), NUMBER(SK_MEMINFO_VARS), NUMBER(MSG_PEEK),
	NUMBER(MSG_TRUNC), NUMBER(MSG_DONTWAIT), NUMBER(MSG_ERRQUEUE), NUMBER(MSG_NOSIGNAL),
	NUMBER(SHUT_WR), NUMBER(IPPROTO_IP), NUMBER(IPPROTO_ICMP), NUMBER(IPPROTO_TCP),
	NUMBER(IPPROTO_UDP), NUMBER(IPPROTO_IPV6), NUMBER(IPPROTO_ICMPV6), NUMBER(TCP_NODELAY),
	NUMBER(IP_TTL), NUMBER(IP_MTU_DISCOVER), NUMBER(IP_RECVERR), NUMBER(IPV6_UNICAST_HOPS),
	NUMBER(IPV6_MTU_DISCOVER), NUMBER(IPV6_RECVERR), NUMBER(IP_PMTUDISC_WANT),
	NUMBER(IP_PMTUDISC_DO), NUMBER(UDP_SEGMENT), NUMBER(UDP_GRO),
	NUMBER(SO_EE_ORIGIN_LOCAL), NUMBER(SO_EE_ORIGIN_ICMP), NUMBER(SO_EE_ORIGIN_ICMP6),
	NUMBER(TUN_F_CSUM), NUMBER(TUN_F_TSO4), NUMBER(TUN_F_TSO6), NUMBER(TUN_F_TSO_ECN),
#ifdef TUN_F_USO4
	NUMBER(TUN_F_USO4), NUMBER(TUN_F_USO6),
#endif

	NUMBER(WSTOPPED), NUMBER(__WALL), NUMBER(SIG_BLOCK), NUMBER(SIG_UNBLOCK), NUMBER(SIG_SETMASK),

	NUMBER(__NR_accept4), NUMBER(__NR_bind), NUMBER(__NR_capget), NUMBER(__NR_capset),
	NUMBER(__NR_chdir), NUMBER(__NR_chroot), NUMBER(__NR_clock_settime), NUMBER(__NR_clone),
	NUMBER(__NR_clone3), NUMBER(__NR_close), NUMBER(__NR_close_range), NUMBER(__NR_connect),
	NUMBER(__NR_dup), NUMBER(__NR_dup3), NUMBER(__NR_epoll_create1), NUMBER(__NR_epoll_ctl),
	NUMBER(__NR_execve), NUMBER(__NR_execveat), NUMBER(__NR_exit_group),
	NUMBER(__NR_fchdir), NUMBER(__NR_fchmod), NUMBER(__NR_fchmodat), NUMBER(__NR_fchownat),
	NUMBER(__NR_fcntl), NUMBER(__NR_flock), NUMBER(__NR_fsconfig), NUMBER(__NR_fsmount),
	NUMBER(__NR_fsopen), NUMBER(__NR_fstat), NUMBER(__NR_fstatfs), NUMBER(__NR_getcwd),
	NUMBER(__NR_getegid), NUMBER(__NR_geteuid), NUMBER(__NR_getpid), NUMBER(__NR_getppid),
	NUMBER(__NR_getsockname), NUMBER(__NR_getsockopt), NUMBER(__NR_inotify_add_watch),
	NUMBER(__NR_inotify_init1), NUMBER(__NR_ioctl), NUMBER(__NR_keyctl), NUMBER(__NR_kill),
	NUMBER(__NR_landlock_create_ruleset), NUMBER(__NR_linkat), NUMBER(__NR_listen),
	NUMBER(__NR_memfd_create), NUMBER(__NR_mkdirat), NUMBER(__NR_mount),
	NUMBER(__NR_mount_setattr), NUMBER(__NR_move_mount), NUMBER(__NR_open_tree),
	NUMBER(__NR_openat), NUMBER(__NR_openat2), NUMBER(__NR_pidfd_getfd),
	NUMBER(__NR_pidfd_open), NUMBER(__NR_pidfd_send_signal), NUMBER(__NR_pipe2),
	NUMBER(__NR_pivot_root), NUMBER(__NR_ppoll), NUMBER(__NR_prctl), NUMBER(__NR_prlimit64),
	NUMBER(__NR_read), NUMBER(__NR_readlinkat), NUMBER(__NR_recvfrom), NUMBER(__NR_recvmmsg),
	NUMBER(__NR_recvmsg),
	NUMBER(__NR_renameat2), NUMBER(__NR_rt_sigaction), NUMBER(__NR_rt_sigprocmask),
	NUMBER(__NR_seccomp), NUMBER(__NR_sendmmsg), NUMBER(__NR_sendmsg), NUMBER(__NR_sendto), NUMBER(__NR_setdomainname),
	NUMBER(__NR_setgid), NUMBER(__NR_setgroups), NUMBER(__NR_sethostname),
	NUMBER(__NR_setns), NUMBER(__NR_setpgid), NUMBER(__NR_setresgid),
	NUMBER(__NR_setresuid), NUMBER(__NR_setsid), NUMBER(__NR_setsockopt),
	NUMBER(__NR_setuid), NUMBER(__NR_shutdown), NUMBER(__NR_socket), NUMBER(__NR_socketpair), NUMBER(__NR_statfs),
	NUMBER(__NR_statx), NUMBER(__NR_symlinkat), NUMBER(__NR_tgkill), NUMBER(__NR_umask),
	NUMBER(__NR_umount2), NUMBER(__NR_unlinkat), NUMBER(__NR_unshare), NUMBER(__NR_wait4),
	NUMBER(__NR_waitid), NUMBER(__NR_write),
};
#endif
