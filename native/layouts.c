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

#elif defined(LAYOUTS_OF_NETLINK)
#include "layouts_netlink.h"

#elif defined(LAYOUTS_OF_PACKETS)
/* What travels in frames. Most of it is in libc's headers, which redefine what the kernel's have. */
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <linux/icmp.h>
#define icmp6_filter kernel_icmp6_filter
#include <linux/icmpv6.h>
#include <linux/virtio_net.h>

/* Under the name that TypeScript has for it. */
#define AS(name, value) { #name, (int64_t)(value) }

TABLE = {
	SIZE(struct virtio_net_hdr),
	OFFSET(struct virtio_net_hdr, flags),
	OFFSET(struct virtio_net_hdr, gso_type),
	OFFSET(struct virtio_net_hdr, hdr_len),
	OFFSET(struct virtio_net_hdr, gso_size),
	OFFSET(struct virtio_net_hdr, csum_start),
	OFFSET(struct virtio_net_hdr, csum_offset),
	NUMBER(VIRTIO_NET_HDR_F_NEEDS_CSUM), NUMBER(VIRTIO_NET_HDR_F_DATA_VALID),
	NUMBER(VIRTIO_NET_HDR_GSO_NONE), NUMBER(VIRTIO_NET_HDR_GSO_TCPV4),
	NUMBER(VIRTIO_NET_HDR_GSO_UDP), NUMBER(VIRTIO_NET_HDR_GSO_TCPV6),
#ifdef VIRTIO_NET_HDR_GSO_UDP_L4
	NUMBER(VIRTIO_NET_HDR_GSO_UDP_L4),
#endif
	NUMBER(VIRTIO_NET_HDR_GSO_ECN),

	SIZE(struct ethhdr),
	OFFSET(struct ethhdr, h_dest),
	OFFSET(struct ethhdr, h_source),
	OFFSET(struct ethhdr, h_proto),
	AS(ETHERTYPE_IPV4, ETH_P_IP), AS(ETHERTYPE_ARP, ETH_P_ARP), AS(ETHERTYPE_IPV6, ETH_P_IPV6),

	SIZE(struct ether_arp),
	OFFSET(struct ether_arp, arp_hrd),
	OFFSET(struct ether_arp, arp_pro),
	OFFSET(struct ether_arp, arp_hln),
	OFFSET(struct ether_arp, arp_pln),
	OFFSET(struct ether_arp, arp_op),
	OFFSET(struct ether_arp, arp_sha),
	OFFSET(struct ether_arp, arp_spa),
	OFFSET(struct ether_arp, arp_tha),
	OFFSET(struct ether_arp, arp_tpa),
	NUMBER(ARPHRD_ETHER), NUMBER(ARPOP_REQUEST), NUMBER(ARPOP_REPLY),

	SIZE(struct iphdr),
	OFFSET(struct iphdr, tos),
	OFFSET(struct iphdr, tot_len),
	OFFSET(struct iphdr, id),
	OFFSET(struct iphdr, frag_off),
	OFFSET(struct iphdr, ttl),
	OFFSET(struct iphdr, protocol),
	OFFSET(struct iphdr, check),
	OFFSET(struct iphdr, saddr),
	OFFSET(struct iphdr, daddr),
	AS(IPV4_DONT_FRAGMENT, IP_DF), AS(IPV4_MORE_FRAGMENTS, IP_MF),
	AS(IPV4_OFFSET_MASK, IP_OFFMASK), AS(PROTOCOL_ICMP, IPPROTO_ICMP),
	AS(PROTOCOL_TCP, IPPROTO_TCP), AS(PROTOCOL_UDP, IPPROTO_UDP),
	AS(PROTOCOL_ICMPV6, IPPROTO_ICMPV6),

	SIZE(struct ip6_hdr),
	OFFSET(struct ip6_hdr, ip6_flow),
	OFFSET(struct ip6_hdr, ip6_plen),
	OFFSET(struct ip6_hdr, ip6_nxt),
	OFFSET(struct ip6_hdr, ip6_hlim),
	OFFSET(struct ip6_hdr, ip6_src),
	OFFSET(struct ip6_hdr, ip6_dst),
	SIZE(struct ip6_frag),
	OFFSET(struct ip6_frag, ip6f_nxt),
	OFFSET(struct ip6_frag, ip6f_offlg),
	OFFSET(struct ip6_frag, ip6f_ident),
	AS(NEXT_HOP_BY_HOP, IPPROTO_HOPOPTS), AS(NEXT_ROUTING, IPPROTO_ROUTING),
	AS(NEXT_FRAGMENT, IPPROTO_FRAGMENT), AS(NEXT_NONE, IPPROTO_NONE),
	AS(NEXT_DESTINATION_OPTIONS, IPPROTO_DSTOPTS),

	SIZE(struct tcphdr),
	OFFSET(struct tcphdr, source),
	OFFSET(struct tcphdr, dest),
	OFFSET(struct tcphdr, seq),
	OFFSET(struct tcphdr, ack_seq),
	OFFSET(struct tcphdr, th_flags),
	OFFSET(struct tcphdr, window),
	OFFSET(struct tcphdr, check),
	OFFSET(struct tcphdr, urg_ptr),
	NUMBER(TH_FIN), NUMBER(TH_SYN), NUMBER(TH_RST), NUMBER(TH_PUSH), NUMBER(TH_ACK),
	NUMBER(TH_URG),

	SIZE(struct udphdr),
	OFFSET(struct udphdr, source),
	OFFSET(struct udphdr, dest),
	OFFSET(struct udphdr, len),
	OFFSET(struct udphdr, check),

	SIZE(struct icmphdr),
	OFFSET(struct icmphdr, type),
	OFFSET(struct icmphdr, code),
	OFFSET(struct icmphdr, checksum),
	OFFSET(struct icmphdr, un),
	OFFSET(struct icmphdr, un.echo.id),
	OFFSET(struct icmphdr, un.echo.sequence),
	NUMBER(ICMP_ECHOREPLY), NUMBER(ICMP_DEST_UNREACH), NUMBER(ICMP_ECHO),
	NUMBER(ICMP_TIME_EXCEEDED), NUMBER(ICMP_PARAMETERPROB), NUMBER(ICMP_NET_UNREACH),
	NUMBER(ICMP_HOST_UNREACH), NUMBER(ICMP_PROT_UNREACH), NUMBER(ICMP_PORT_UNREACH),
	NUMBER(ICMP_FRAG_NEEDED), NUMBER(ICMP_PKT_FILTERED), NUMBER(ICMP_EXC_TTL),
	NUMBER(ICMP_EXC_FRAGTIME), NUMBER(ICMPV6_DEST_UNREACH), NUMBER(ICMPV6_PKT_TOOBIG),
	NUMBER(ICMPV6_TIME_EXCEED), NUMBER(ICMPV6_PARAMPROB), NUMBER(ICMPV6_ECHO_REQUEST),
	NUMBER(ICMPV6_ECHO_REPLY), NUMBER(ICMPV6_MGM_QUERY), NUMBER(ICMPV6_MGM_REDUCTION),
	NUMBER(ICMPV6_MLD2_REPORT), NUMBER(ICMPV6_NOROUTE), NUMBER(ICMPV6_ADM_PROHIBITED),
	NUMBER(ICMPV6_ADDR_UNREACH), NUMBER(ICMPV6_PORT_UNREACH), NUMBER(ICMPV6_EXC_HOPLIMIT),
	NUMBER(ICMPV6_EXC_FRAGTIME), NUMBER(ICMPV6_UNK_NEXTHDR),

	SIZE(struct nd_router_solicit),
	SIZE(struct nd_router_advert),
	OFFSET(struct nd_router_advert, nd_ra_curhoplimit),
	OFFSET(struct nd_router_advert, nd_ra_flags_reserved),
	OFFSET(struct nd_router_advert, nd_ra_router_lifetime),
	OFFSET(struct nd_router_advert, nd_ra_reachable),
	OFFSET(struct nd_router_advert, nd_ra_retransmit),
	SIZE(struct nd_neighbor_solicit),
	OFFSET(struct nd_neighbor_solicit, nd_ns_target),
	SIZE(struct nd_neighbor_advert),
	OFFSET(struct nd_neighbor_advert, nd_na_flags_reserved),
	OFFSET(struct nd_neighbor_advert, nd_na_target),
	AS(NDISC_ROUTER_SOLICITATION, ND_ROUTER_SOLICIT),
	AS(NDISC_ROUTER_ADVERTISEMENT, ND_ROUTER_ADVERT),
	AS(NDISC_NEIGHBOUR_SOLICITATION, ND_NEIGHBOR_SOLICIT),
	AS(NDISC_NEIGHBOUR_ADVERTISEMENT, ND_NEIGHBOR_ADVERT), AS(NDISC_REDIRECT, ND_REDIRECT),
	AS(ND_OPT_SOURCE_LL_ADDR, ND_OPT_SOURCE_LINKADDR),
	AS(ND_OPT_TARGET_LL_ADDR, ND_OPT_TARGET_LINKADDR),
	AS(ND_OPT_PREFIX_INFO, ND_OPT_PREFIX_INFORMATION), NUMBER(ND_OPT_MTU),
	AS(ND_PREFIX_ON_LINK, ND_OPT_PI_FLAG_ONLINK),
	AS(ND_PREFIX_AUTONOMOUS, ND_OPT_PI_FLAG_AUTO), NUMBER(ND_RA_FLAG_OTHER),
	/* Flags that libc has in the order of memory. */
	AS(ND_NA_FLAG_ROUTER, __builtin_bswap32(ND_NA_FLAG_ROUTER)),
	AS(ND_NA_FLAG_SOLICITED, __builtin_bswap32(ND_NA_FLAG_SOLICITED)),
	AS(ND_NA_FLAG_OVERRIDE, __builtin_bswap32(ND_NA_FLAG_OVERRIDE)),
};

#else
#include "keep.h"
#include "steps.h"
#include "uv_abi.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
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
#include <linux/landlock.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/vm_sockets.h>
#include <linux/wait.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
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
	OFFSET(struct nskit_step, flags),
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
	NUMBER(OP_CHANGE_ENV), NUMBER(OP_REPORT_TO), NUMBER(OP_KEEP), NUMBER(STEP_REMEMBERS),
	SIZE(struct nskit_store), SIZE(struct nskit_keep_message),
	OFFSET(struct nskit_keep_message, kind), OFFSET(struct nskit_keep_message, error),
	OFFSET(struct nskit_keep_message, key), NUMBER(KEEP_PUT), NUMBER(KEEP_DROP),
	NUMBER(KEEP_CLEAR), NUMBER(KEEP_DONE), NUMBER(KEEP_NOTE_MAX),
	NUMBER(UV_POLL_TYPE), NUMBER(UV_READABLE_EVENT),

	SIZE(struct flock),
	OFFSET(struct flock, l_type),
	OFFSET(struct flock, l_pid),
	SIZE(struct clone_args),
	OFFSET(struct clone_args, flags),
	OFFSET(struct clone_args, exit_signal),
	OFFSET(struct clone_args, set_tid),
	OFFSET(struct clone_args, set_tid_size),
	SIZE(struct ifreq),
	OFFSET(struct ifreq, ifr_flags),
	SIZE(siginfo_t),
	OFFSET(siginfo_t, si_code),
	OFFSET(siginfo_t, si_status),
	NUMBER(CLD_EXITED),
	SIZE(struct statx),
	OFFSET(struct statx, stx_ino),
	OFFSET(struct statx, stx_mtime),
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
	OFFSET(struct msghdr, msg_name),
	OFFSET(struct msghdr, msg_namelen),
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
	NUMBER(CLONE_FILES), NUMBER(CLONE_THREAD), NUMBER(CLONE_VFORK), NUMBER(CLONE_PARENT), NUMBER(CLONE_NEWNS),
	NUMBER(CLONE_NEWCGROUP), NUMBER(CLONE_NEWUTS), NUMBER(CLONE_NEWIPC),
	NUMBER(CLONE_NEWUSER), NUMBER(CLONE_NEWPID), NUMBER(CLONE_NEWNET),
	NUMBER(CLOSE_RANGE_CLOEXEC), NUMBER(EPOLLIN), NUMBER(EPOLL_CTL_ADD),
	NUMBER(EPOLL_CTL_DEL), NUMBER(EPOLL_CTL_MOD), NUMBER(F_DUPFD_CLOEXEC), NUMBER(F_GETFD),
	NUMBER(F_SETFD), NUMBER(F_SETFL), NUMBER(F_SETPIPE_SZ), NUMBER(SPLICE_F_MOVE), NUMBER(SPLICE_F_NONBLOCK), NUMBER(F_GETLK), NUMBER(F_SETLK), NUMBER(F_SETLKW), NUMBER(F_ADD_SEALS),
	NUMBER(F_SEAL_SEAL), NUMBER(F_SEAL_SHRINK), NUMBER(F_SEAL_GROW), NUMBER(F_SEAL_WRITE),
	NUMBER(F_RDLCK), NUMBER(F_WRLCK), NUMBER(F_UNLCK), NUMBER(FD_CLOEXEC), NUMBER(IFF_UP), NUMBER(IFF_RUNNING),
	NUMBER(SIOCSIFFLAGS), NUMBER(SIOCGSKNS), NUMBER(AF_UNIX), NUMBER(AF_INET), NUMBER(AF_INET6), NUMBER(AF_NETLINK), NUMBER(SOCK_STREAM),
	NUMBER(SOCK_SEQPACKET), NUMBER(SOCK_DGRAM),
	NUMBER(SOCK_CLOEXEC), NUMBER(IN_ATTRIB), NUMBER(IN_DELETE_SELF), NUMBER(IN_MOVE_SELF),
	NUMBER(IN_CLOEXEC), NUMBER(IN_NONBLOCK), NUMBER(LOCK_SH), NUMBER(LOCK_EX),
	NUMBER(LOCK_NB), NUMBER(LOCK_UN), NUMBER(KEYCTL_JOIN_SESSION_KEYRING),
	NUMBER(MFD_CLOEXEC), NUMBER(MFD_ALLOW_SEALING),
#ifdef MFD_EXEC
	NUMBER(MFD_EXEC),
#endif
	NUMBER(MNT_FORCE), NUMBER(MNT_DETACH), NUMBER(MNT_EXPIRE), NUMBER(UMOUNT_NOFOLLOW),
	NUMBER(MOUNT_ATTR_RDONLY), NUMBER(MOUNT_ATTR_NOSUID),
	NUMBER(MOUNT_ATTR_NODEV), NUMBER(MOUNT_ATTR_NOEXEC), NUMBER(MOVE_MOUNT_F_EMPTY_PATH),
	NUMBER(MS_RDONLY), NUMBER(MS_NOSUID), NUMBER(MS_NODEV), NUMBER(MS_NOEXEC),
	NUMBER(MS_REMOUNT), NUMBER(MS_BIND), NUMBER(MS_MOVE), NUMBER(MS_REC),
	NUMBER(MS_UNBINDABLE), NUMBER(MS_PRIVATE), NUMBER(MS_SLAVE), NUMBER(MS_SHARED),
	NUMBER(MS_SYNCHRONOUS), NUMBER(MS_DIRSYNC), NUMBER(MS_NOATIME), NUMBER(MS_SILENT),
	NUMBER(MS_RELATIME), NUMBER(MS_STRICTATIME), NUMBER(MS_LAZYTIME),
	NUMBER(RESOLVE_NO_XDEV), NUMBER(RESOLVE_NO_MAGICLINKS), NUMBER(RESOLVE_NO_SYMLINKS),
	NUMBER(RESOLVE_BENEATH), NUMBER(RESOLVE_IN_ROOT), NUMBER(RESOLVE_CACHED),
	SIZE(struct open_how), OFFSET(struct open_how, mode), OFFSET(struct open_how, resolve),
	NUMBER(NSFS_MAGIC), NUMBER(NS_GET_USERNS), NUMBER(NS_GET_PARENT), NUMBER(NS_GET_NSTYPE),
	NUMBER(NS_GET_OWNER_UID), NUMBER(O_RDONLY), NUMBER(O_WRONLY), NUMBER(O_RDWR),
	NUMBER(O_CREAT), NUMBER(O_EXCL), NUMBER(O_NOCTTY), NUMBER(O_TRUNC), NUMBER(O_APPEND),
	NUMBER(O_NONBLOCK),
	NUMBER(O_CLOEXEC), NUMBER(O_PATH), NUMBER(O_DIRECTORY), NUMBER(O_NOFOLLOW),
	NUMBER(OPEN_TREE_CLONE), NUMBER(OPEN_TREE_CLOEXEC), NUMBER(POLLIN), NUMBER(POLLPRI),
	{ "LINUX_CAPABILITY_VERSION_3", _LINUX_CAPABILITY_VERSION_3 },
	NUMBER(PR_SET_PDEATHSIG), NUMBER(PR_SET_DUMPABLE), NUMBER(PR_SET_KEEPCAPS),
	NUMBER(PR_CAPBSET_READ), NUMBER(PR_CAPBSET_DROP), NUMBER(PR_SET_SECUREBITS),
	NUMBER(PR_SET_TIMERSLACK), NUMBER(PR_SET_THP_DISABLE), NUMBER(PR_SET_NO_NEW_PRIVS), NUMBER(PR_GET_NO_NEW_PRIVS),
	NUMBER(PR_CAP_AMBIENT), NUMBER(PR_CAP_AMBIENT_RAISE), NUMBER(PR_CAP_AMBIENT_CLEAR_ALL),
	NUMBER(SECCOMP_SET_MODE_FILTER), NUMBER(SECCOMP_FILTER_FLAG_TSYNC), NUMBER(P_PID), NUMBER(P_PIDFD), NUMBER(WEXITED), NUMBER(WNOHANG),
	NUMBER(EPOLLOUT), NUMBER(EPOLLERR), NUMBER(EPOLLHUP), NUMBER(EPOLLRDHUP),
	{ "EPOLLET", (int32_t)EPOLLET }, NUMBER(SOCK_NONBLOCK),
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
	NUMBER(SO_REUSEADDR), NUMBER(IP_PKTINFO), NUMBER(IPV6_V6ONLY), NUMBER(IPV6_RECVPKTINFO),
	NUMBER(IPV6_PKTINFO),
	NUMBER(SO_EE_ORIGIN_LOCAL), NUMBER(SO_EE_ORIGIN_ICMP), NUMBER(SO_EE_ORIGIN_ICMP6),
	NUMBER(TUN_F_CSUM), NUMBER(TUN_F_TSO4), NUMBER(TUN_F_TSO6), NUMBER(TUN_F_TSO_ECN),
#ifdef TUN_F_USO4
	NUMBER(TUN_F_USO4), NUMBER(TUN_F_USO6),
#endif

	NUMBER(SOCK_RAW), NUMBER(SOCK_RDM), NUMBER(SO_BROADCAST), NUMBER(SO_KEEPALIVE),
	NUMBER(SO_PRIORITY), NUMBER(SO_REUSEPORT), NUMBER(SO_ACCEPTCONN), NUMBER(SO_MARK),
	NUMBER(IP_FREEBIND), NUMBER(IP_TRANSPARENT), NUMBER(IPV6_TRANSPARENT),
	NUMBER(IPV6_FREEBIND), NUMBER(TCP_DEFER_ACCEPT), NUMBER(TCP_FASTOPEN), NUMBER(SCM_RIGHTS),
	NUMBER(MSG_CTRUNC), NUMBER(MSG_CMSG_CLOEXEC), NUMBER(VMADDR_CID_ANY), NUMBER(SIOCGIFINDEX),
	NUMBER(IFNAMSIZ), NUMBER(TUNSETIFF), NUMBER(TUNSETPERSIST), NUMBER(TUNSETOFFLOAD),
	NUMBER(TUNGETIFF), NUMBER(TUNSETVNETHDRSZ), NUMBER(IFF_TUN), NUMBER(IFF_TAP),
	NUMBER(IFF_MULTI_QUEUE), NUMBER(IFF_NO_PI), NUMBER(IFF_VNET_HDR), NUMBER(IFF_TUN_EXCL),
	{ "IFREQ_SIZE", (int64_t)sizeof(struct ifreq) },

	NUMBER(STATX_MTIME),
	NUMBER(WSTOPPED), NUMBER(__WALL), NUMBER(SIG_BLOCK), NUMBER(SIG_UNBLOCK), NUMBER(SIG_SETMASK),
	NUMBER(EFD_SEMAPHORE), NUMBER(SFD_CLOEXEC), NUMBER(TCGETS), NUMBER(TCSETSW), NUMBER(TIOCSCTTY),
	NUMBER(TIOCGWINSZ), NUMBER(TIOCSWINSZ), NUMBER(TIOCSPTLCK), NUMBER(TIOCGPTPEER),
	SIZE(struct termios), OFFSET(struct termios, c_oflag), OFFSET(struct termios, c_cflag),
	OFFSET(struct termios, c_lflag), OFFSET(struct termios, c_cc), SIZE(struct winsize),
	SIZE(struct signalfd_siginfo),

	NUMBER(LANDLOCK_CREATE_RULESET_VERSION), NUMBER(LANDLOCK_RULE_PATH_BENEATH),
	NUMBER(LANDLOCK_ACCESS_FS_EXECUTE), NUMBER(LANDLOCK_ACCESS_FS_WRITE_FILE),
	NUMBER(LANDLOCK_ACCESS_FS_READ_FILE), NUMBER(LANDLOCK_ACCESS_FS_READ_DIR),
	NUMBER(LANDLOCK_ACCESS_FS_REMOVE_DIR), NUMBER(LANDLOCK_ACCESS_FS_REMOVE_FILE),
	NUMBER(LANDLOCK_ACCESS_FS_MAKE_SOCK), NUMBER(LANDLOCK_ACCESS_FS_MAKE_SYM),
	NUMBER(LANDLOCK_ACCESS_FS_REFER),
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
	NUMBER(LANDLOCK_ACCESS_FS_TRUNCATE),
#endif
#ifdef LANDLOCK_ACCESS_FS_IOCTL_DEV
	NUMBER(LANDLOCK_ACCESS_FS_IOCTL_DEV),
#endif
#ifdef LANDLOCK_SCOPE_SIGNAL
	NUMBER(LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET), NUMBER(LANDLOCK_SCOPE_SIGNAL),
	OFFSET(struct landlock_ruleset_attr, scoped),
#endif
	SIZE(struct landlock_path_beneath_attr), OFFSET(struct landlock_path_beneath_attr, parent_fd),
	OFFSET(struct landlock_path_beneath_attr, allowed_access),
	OFFSET(struct landlock_ruleset_attr, handled_access_fs),

	NUMBER(__NR_accept4), NUMBER(__NR_bind), NUMBER(__NR_capget), NUMBER(__NR_capset),
	NUMBER(__NR_chdir), NUMBER(__NR_chroot), NUMBER(__NR_clock_settime), NUMBER(__NR_clone),
	NUMBER(__NR_clone3), NUMBER(__NR_close), NUMBER(__NR_close_range), NUMBER(__NR_connect),
	NUMBER(__NR_dup), NUMBER(__NR_dup3), NUMBER(__NR_epoll_create1), NUMBER(__NR_epoll_ctl),
	NUMBER(__NR_eventfd2), NUMBER(__NR_execve), NUMBER(__NR_execveat), NUMBER(__NR_exit_group),
	NUMBER(__NR_fchdir), NUMBER(__NR_fchmod), NUMBER(__NR_fchmodat), NUMBER(__NR_fchownat),
	NUMBER(__NR_fcntl), NUMBER(__NR_flock), NUMBER(__NR_fsconfig), NUMBER(__NR_fsmount),
	NUMBER(__NR_fsopen), NUMBER(__NR_fstat), NUMBER(__NR_fstatfs), NUMBER(__NR_getcwd),
	NUMBER(__NR_getegid), NUMBER(__NR_geteuid), NUMBER(__NR_getpeername),
	NUMBER(__NR_getpid), NUMBER(__NR_getppid),
	NUMBER(__NR_getsockname), NUMBER(__NR_getsockopt), NUMBER(__NR_inotify_add_watch),
	NUMBER(__NR_inotify_init1), NUMBER(__NR_ioctl), NUMBER(__NR_keyctl), NUMBER(__NR_kill),
	NUMBER(__NR_landlock_create_ruleset), NUMBER(__NR_linkat), NUMBER(__NR_listen),
	NUMBER(__NR_memfd_create), NUMBER(__NR_mkdirat), NUMBER(__NR_mknodat), NUMBER(__NR_mount),
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
	NUMBER(__NR_setuid), NUMBER(__NR_shutdown), NUMBER(__NR_signalfd4), NUMBER(__NR_socket),
	NUMBER(__NR_socketpair), NUMBER(__NR_splice), NUMBER(__NR_statfs),
	NUMBER(__NR_statx), NUMBER(__NR_symlinkat), NUMBER(__NR_sync), NUMBER(__NR_tgkill),
	NUMBER(__NR_timerfd_create), NUMBER(__NR_timerfd_settime), NUMBER(__NR_umask),
	NUMBER(__NR_umount2), NUMBER(__NR_unlinkat), NUMBER(__NR_unshare), NUMBER(__NR_wait4),
	NUMBER(__NR_waitid), NUMBER(__NR_write),
	NUMBER(__NR_add_key), NUMBER(__NR_bpf), NUMBER(__NR_delete_module),
	NUMBER(__NR_finit_module), NUMBER(__NR_fspick), NUMBER(__NR_init_module),
	NUMBER(__NR_io_uring_enter), NUMBER(__NR_io_uring_register), NUMBER(__NR_io_uring_setup),
	NUMBER(__NR_kcmp), NUMBER(__NR_kexec_file_load), NUMBER(__NR_kexec_load),
	NUMBER(__NR_landlock_add_rule), NUMBER(__NR_landlock_restrict_self),
	NUMBER(__NR_open_by_handle_at), NUMBER(__NR_perf_event_open), NUMBER(__NR_process_madvise),
	NUMBER(__NR_process_vm_readv), NUMBER(__NR_process_vm_writev), NUMBER(__NR_ptrace),
	NUMBER(__NR_request_key), NUMBER(__NR_rt_sigqueueinfo), NUMBER(__NR_rt_tgsigqueueinfo),
	NUMBER(__NR_tkill), NUMBER(__NR_userfaultfd),
};
#endif
