# From inside a namespace: tries to come by a descriptor of the user namespace outside, and gives orders
# with whatever it has. Arguments: the control socket, and the pid of a process outside. Prints what it
# came by, which must be nothing, then the answers.
import array, fcntl, os, socket, sys

path, pid = sys.argv[1:]
NS_GET_USERNS, NS_GET_PARENT = 0xB701, 0xB702
PIDFD_GET_USER_NAMESPACE = 0xFF09
SO_PEERPIDFD = 77


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


own = os.open("/proc/self/ns/user", os.O_RDONLY)
net = os.open("/proc/self/ns/net", os.O_RDONLY)
mine = os.fstat(own).st_ino


def peer():
    return connect().getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD)


ways = {
    "the process's folder": lambda: os.open(f"/proc/{pid}/ns/user", os.O_RDONLY),
    "its path alone": lambda: os.open(f"/proc/{pid}/ns/user", os.O_PATH),
    "the parent of ours": lambda: fcntl.ioctl(own, NS_GET_PARENT),
    "the owner of ours": lambda: fcntl.ioctl(own, NS_GET_USERNS),
    "the owner of our network": lambda: fcntl.ioctl(net, NS_GET_USERNS),
    "whoever answers": lambda: fcntl.ioctl(peer(), PIDFD_GET_USER_NAMESPACE),
}
found = []
for name, way in ways.items():
    try:
        fd = way()
    except OSError:
        continue
    if os.fstat(fd).st_ino != mine:
        found.append(name)
print(found)
for fds in [[], [own], [net], [os.open("/etc/hosts", os.O_RDONLY)], [net, own]]:
    with connect() as s:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        s.sendmsg([b'{"version":1,"method":"list"}\n'], rights)
        print(s.makefile().read().strip())
