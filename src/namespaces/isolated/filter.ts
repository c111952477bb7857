/**
 * A seccomp filter (seccomp(2)) for what namespaces do not divide: the terminal that the user and
 * the program share, the user's keyrings, and the machine's virtual sockets. Everything else is
 * left to the kernel's own permissions.
 */
import {
  giveUpPrivileges,
  installSeccomp,
  refuseCall,
  refuseFrom,
  refuseValues,
  seccompFilter,
  type BpfInstruction,
  type Program,
  type SeccompRule,
} from '../../native/index.js';

/** Numbers of one of the machine's calling conventions, from the kernel's tables. */
interface Convention {
  /** AUDIT_ARCH_*, as the filter finds it. */
  readonly arch: number;
  readonly ioctl: number;
  readonly socket: number;
  readonly keyCalls: readonly [addKey: number, requestKey: number, keyctl: number];
  /** Refused from this number on: the x32 convention repeats every call up there. */
  readonly from?: number;
  /** One call for all of sockets, whose arguments a filter cannot see. */
  readonly socketcall?: number;
}

const conventions: Record<string, readonly Convention[]> = {
  x64: [
    { arch: 0xc000003e, ioctl: 16, socket: 41, keyCalls: [248, 249, 250], from: 0x4000_0000 },
    { arch: 0x40000003, ioctl: 54, socket: 359, keyCalls: [286, 287, 288], socketcall: 102 },
  ],
  arm64: [
    { arch: 0xc00000b7, ioctl: 29, socket: 198, keyCalls: [217, 218, 219] },
    { arch: 0x40000028, ioctl: 54, socket: 281, keyCalls: [309, 310, 311] },
  ],
};

/** Typing into the terminal as if the user did, and pasting into a console. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** Not divided by network namespaces: it reaches the machine's hypervisor and other services. */
const AF_VSOCK = 40;
const SYS_SOCKET = 1;

export function isolationFilter(architecture: string = process.arch): BpfInstruction[] {
  const known = conventions[architecture] ?? [];
  return seccompFilter(known.map((one) => ({ arch: one.arch, rules: rulesOf(one) })));
}

function rulesOf({ from, keyCalls, ioctl, socket, socketcall }: Convention): SeccompRule[] {
  const first = (number: number) => ({ number, index: 0 });
  return [
    ...(from === undefined ? [] : [refuseFrom(from)]),
    ...keyCalls.map((number) => refuseCall(number)),
    refuseValues({ number: ioctl, index: 1 }, [TIOCSTI, TIOCLINUX]),
    refuseValues(first(socket), [AF_VSOCK]),
    ...(socketcall === undefined ? [] : [refuseValues(first(socketcall), [SYS_SOCKET])]),
  ];
}

/** For this process and all it starts, for good. */
export function installFilter(): Program {
  return [
    giveUpPrivileges(),
    installSeccomp('refuse to type into the terminal', isolationFilter()),
  ];
}
