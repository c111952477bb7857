/**
 * System calls that the uplink process never makes, and that whoever took it over would want: into
 * other namespaces and other processes, new programs, mounts, keyrings, the kernel's larger doors.
 * Without this it could walk into the user's own namespaces and be root there, whatever its
 * capabilities. Unix sockets too, because no list of files keeps a path of theirs from it: docker's,
 * ssh-agent's, D-Bus's.
 */
import {
  ENOSYS,
  allowValues,
  kernel,
  refuseBits,
  refuseCall,
  refuseFrom,
  seccompFilter,
  syscallNumber,
  type BpfInstruction,
  type SeccompRule,
  type SyscallName,
} from '../../native/index.js';
import { flagsOf, namespaceKinds } from '../kinds.js';

const namespaceCalls = ['setns', 'unshare'] as const;

const mountCalls = [
  ...(['mount', 'umount2', 'pivot_root', 'chroot', 'fsopen', 'fsconfig', 'fsmount'] as const),
  ...(['fspick', 'open_tree', 'move_mount', 'mount_setattr', 'open_by_handle_at'] as const),
] as const;

/** Their memory, their files, and signals that are not told by a pid. */
const processCalls = [
  ...(['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'kcmp'] as const),
  ...(['pidfd_getfd', 'pidfd_send_signal', 'tkill'] as const),
  ...(['rt_sigqueueinfo', 'rt_tgsigqueueinfo'] as const),
] as const;

/** io_uring makes calls that no filter sees. */
const kernelCalls = [
  ...(['io_uring_setup', 'io_uring_enter', 'io_uring_register'] as const),
  ...(['bpf', 'perf_event_open', 'userfaultfd', 'add_key', 'request_key', 'keyctl'] as const),
  ...(['kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'delete_module'] as const),
] as const;

const programCalls = ['execve', 'execveat'] as const;

/** x86-64 has calls of their own for what clone(2) does; arm64 has not. */
const forkCalls: Partial<Record<NodeJS.Architecture, readonly number[]>> = { x64: [57, 58] };

/** AUDIT_ARCH_*. */
const conventions: Partial<Record<NodeJS.Architecture, number>> = {
  x64: 0xc000_003e,
  arm64: 0xc000_00b7,
};
/** From here on x86-64 repeats every call for x32. */
const X32 = 0x4000_0000;

/** What is passed beside the type of a socket in the same number. */
const SOCK_TYPE_MASK = 0xf;

/** Signals to others by their pid, and their limits. */
const ownProcessOnly = ['kill', 'tgkill', 'prlimit64'] as const;

/**
 * `starting`: before the process is Node, which is a program to execute and has a control socket to
 * make. Only the calls of this machine's own convention exist.
 */
export function refusedCalls({ starting }: { readonly starting: boolean }): BpfInstruction[] {
  const always = [...namespaceCalls, ...mountCalls, ...processCalls, ...kernelCalls];
  const names: readonly SyscallName[] = starting ? always : [...always, ...programCalls];
  const rules = [
    refuseFrom(X32),
    ...names.map((name) => refuseCall(syscallNumber(name))),
    ...(starting ? [] : [...onlyThreads(), ...onlyInternetSockets(), ...onlyOwnProcess()]),
  ];
  return seccompFilter([{ arch: conventions[process.arch] ?? 0, rules }]);
}

/** libc makes threads by clone(2) where clone3(2), whose flags no filter can see, does not exist. */
function onlyThreads(): SeccompRule[] {
  const flags = { number: syscallNumber('clone'), index: 0 };
  return [
    ...(forkCalls[process.arch] ?? []).map((number) => refuseCall(number)),
    refuseCall(syscallNumber('clone3'), ENOSYS),
    refuseBits(flags, flagsOf(namespaceKinds)),
    allowValues({ ...flags, mask: kernel.CLONE_THREAD }, [kernel.CLONE_THREAD]),
  ];
}

/** A pair leads nowhere but to its other end, unless it is of datagrams, which may be sent anywhere. */
function onlyInternetSockets(): SeccompRule[] {
  const { AF_INET, AF_INET6, AF_NETLINK, SOCK_STREAM } = kernel;
  const type = { number: syscallNumber('socketpair'), index: 1, mask: SOCK_TYPE_MASK };
  return [
    allowValues({ number: syscallNumber('socket'), index: 0 }, [AF_INET, AF_INET6, AF_NETLINK]),
    allowValues(type, [SOCK_STREAM]),
  ];
}

function onlyOwnProcess(): SeccompRule[] {
  return ownProcessOnly.map((name) =>
    allowValues({ number: syscallNumber(name), index: 0 }, [0, process.pid]),
  );
}
