/** What `ctrtool --help` and `ctrtool APPLET --help` say. */

export const overview = `Usage: ctrtool [escape] APPLET [ARGUMENTS]
       APPLET [ARGUMENTS]          as a link to ctrtool that is called like the applet

Linux namespaces for scripts written for ctrtool. Applets:
  launcher        a program in new namespaces; a script outside while it waits
  mount_seq       mounts, folders and links, one after the other
  ns_open_file    sockets and files opened in namespaces, for a program outside

escape: the process that stays outside runs from a sealed copy in memory, so that its file cannot be
reached from inside. "ctrtool APPLET --help" has the options and examples. The original's other
applets are not part of nskit. docs/ctrtool.md says what differs.`;

const launcher = `Usage: ctrtool launcher [OPTIONS] [--] PROGRAM [ARGUMENTS]

A new process gets its namespaces and waits; its id maps are written and the script runs outside;
then it finishes its set-up and becomes the program.

Namespaces:
  -C -i -m -n -p -U -u            --cgroup --ipc --mount --net --pid --user --uts
  --uid-map, --gid-map MAP        inside.outside.count, several joined by ":"
  --disable-setgroups             as a gid map without privilege needs it
  -O, --owner-uid UID             as root: who owns the new user namespace
  --nsenter, --nsenter-post JOIN  before the new process, after its root: letters and :FD, -VARIABLE,
                                  =FILE or /PROC_FOLDER
  -f, --userns-fd FD              no new process: join this user namespace ("i": our own) and go on
  --set-tid PID[,PID...]          its number in its pid namespace, and in those around it
Script:
  -x, --script FILE               $1 its pid, $2 an fd of its /proc folder, $3 the socket pair or -1
  -d, --script-is-shell           FILE is shell text     -e, --script-interpreter SHELL
  -F, --script-no-fork            it takes our place; $4 the lock or -1, $5 takes a byte to go on
  -X, --socketpair 1|2|3          stream, datagram, seqpacket: CONTAINER_LAUNCHER_UNIX_FD inside
  --open-namespaces LETTERS       fds of its namespaces     --pidfd     (CTRTOOL_CONTAINER_LAUNCHER_*)
Who it is:
  -S, --uid UID   -G, --gid GID   0 when not said      -N, --no-set-id
  -g, --no-clear-groups           --groups GID[,GID...]
  -I, -a, -b CAPABILITIES         inheritable, ambient ("inherit"), bounding: numbers of 64 bits
  -k, --inh-all                   inheritable: all that are permitted
  -B, --securebits BITS           -q, --keepcaps       -D, --no-new-privs
What it sees:
  -r, --pivot-root DIRECTORY      -t, --mount-proc     -R, --propagation shared|slave|private|unchanged
  -H, --hostname NAME             -V, --clearenv       -E, --unsafe (allow what is refused)
How it runs:
  -w, --wait                      wait, and take its exit code     --no-exec   run no program
  --fork, --fork-daemon           in a child of the new process
  --alloc-tty, --alloc-pipe       a terminal, or pipes, of its own
  -L, --log-file FILE             -K, --lockfile FILE  -M, --emptyfile FILE   -P, --write-pid FILE
  --rlimit NAME=SOFT:HARD         -s, --setsid         -Q, --timerslack NS    -v, --thp-disable 0|1
  --close-fd FD                   --notify-fd FD (a newline once it runs)
  --exec-fd FD, --exec-file FILE, --exec-file-host FILE, --exec-anon-fd, --exec-no-cloexec
  --escape                        as "ctrtool escape"

Exit status: with --wait the program's, 128+n when signal n ended it; the script's when that failed;
1 for a failure of ours or a bad command line, 127 when the program cannot be run.

Examples:
  ctrtool launcher -Unm -g --uid-map=0.$(id -u).1 --gid-map=0.$(id -g).1 --disable-setgroups \\
    --wait sh -c 'id; ip addr'
  sudo ctrtool launcher --escape -U -n -O 1000 --uid-map=0.1000.1 --gid-map=0.1000.1 -g \\
    --disable-setgroups -d -x 'ctrtool mount_seq -m /run/netns/a -f -s "/proc/self/fd/$2/ns/net" -K -Ob' \\
    --wait --no-exec`;

const mountSeq = `Usage: ctrtool mount_seq STEP [OPTIONS] [STEP [OPTIONS]]...

  -m TARGET     mount            -D DIRECTORY  make it       -u TARGET  unmount
  -S COMMAND    run by the shell -c DIRECTORY  change to it  -l PATH    make a symbolic link
Options of the step before them:
  -s SOURCE     (m, l) what is mounted; what the link says
  -t TYPE, -o DATA   (m) file system, and its own options
  -E, -f        (m) make the target, a folder (0700) or a file, if it is missing; -x it must be
  -r            (m) mount again with the same flags: how a bind becomes read-only
  -O LETTERS    (m) a noatime, b bind, c relatime, d nodev, e dirsync, h shared, l slave, m move,
                o read-only, p private, q silent, r remount, s nosuid, t strictatime, u unbindable,
                v recursive, w synchronous, x noexec, z lazytime
                (u) f force, l detach, n nofollow, x expire       (D) e no error if it exists
  -F BIT        (m, D, u) a flag by the number of its bit
  -M MODE       (D) octal, whatever the umask
  -k, -K        allow symbolic links in the path of the target (k), of the source (K)
  -e, -y        go on when the step fails; sync(2) after it

What was done stays when a later step fails. Exit status: 0; 2 when a step with -e failed; 3 when one
without failed, or a path was refused; 1 for a bad command line.

Examples:
  ctrtool mount_seq -D /run/x -Oe -m /run/x -t tmpfs -o size=1M -m /run/x/etc -E -s /etc -Obo -r
  ctrtool mount_seq -m /run/netns/a -f -s /proc/self/ns/net -K -Ob`;

const nsOpenFile = `Usage: ctrtool ns_open_file [REQUEST [OPTIONS]]... PROGRAM [ARGUMENTS]

Opens each and becomes the program, outside, which finds their numbers in
CTRTOOL_NS_OPEN_FILE_FD_0, _1 and so on.
  -n  a socket of a network namespace     -m  a file or directory of a mount namespace
  -T  the tun and tap device              -f  the file that -N names
Options of the request before them:
  -N FILE       the namespace; none: ours
  -U            join the user namespace that owns it first
  -A            (n) a new network namespace instead, owned as that one is; with -U by FILE
  -d DOMAIN     (n) inet6 (default), inet, unix, netlink, packet, vsock or a number
                (m) where a relative path begins: cwd, :VARIABLE that holds an fd, a directory
  -t TYPE       (n) stream (default), tcp, dgram, udp, raw, seqpacket, each also with _nb
                (non-blocking), or a number     -p icmp, ip, ipv6, tcp, udp or a number
  -4, -6 ADDRESS,PORT[,FLAGS[,SCOPE]]   (n) bind: a reuseaddr, p reuseport, f freebind,
                t transparent, d defer-accept, o, O v6only on, off, e nodelay, I SCOPE is a number
  -l BACKLOG    (n) listen
  -P PATH       (n) bind to a Unix path, or to an abstract name after "@"    (m) what is opened
  -O FLAG, -M MODE, -2, -R HOW          (m) how it is opened: rdonly, rdwr, creat, path...; octal;
                openat2; beneath, in_root, no_magiclinks, no_symlinks, no_xdev
  -M DEVICE     (T) instead of /dev/net/tun
  -s R[,i]      keep the result in register R; "i": the program does not get it
  -i R[,d|n]    the namespace (n), or the directory (d), is what register R holds
Before any request: -L R,SPEC loads register R (0 to 7) with an fd, :VARIABLE or a path.
-o K: the first variable is ..._FD_K.

Exit status: the program's; 2 when a request failed, 127 when the program cannot be run, 1 for a bad
command line.

Examples:
  ctrtool ns_open_file -nN /run/netns/a -U -6 ::,80,a -l 4096 node index.js
  ctrtool ns_open_file -nd unix -P @control -l 8 -mN /proc/1234/ns/mnt -U -P /etc -O path ./program`;

const texts: Readonly<Record<string, string>> = {
  launcher,
  'container-launcher': launcher,
  mount_seq: mountSeq,
  ns_open_file: nsOpenFile,
};

export function helpOf(applet: string): string {
  return texts[applet] ?? overview;
}
