/**
 * A seccomp filter (seccomp(2)) for what namespaces do not divide: the terminal that the user and
 * the program share, the user's keyrings, and the machine's virtual sockets. Everything else is
 * left to the kernel's own permissions. BPF instructions as in linux/filter.h.
 */
import { bpfProgram, kernel, step, type BpfInstruction, type Program } from '../../native/index.js';

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

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;

/** Offsets in struct seccomp_data; of an argument the low half, because the kernel's is an int. */
const NUMBER = 0;
const ARCH = 4;
const argumentAt = (index: number): number => 16 + 8 * index;

const EPERM = 1;
const ENOSYS = 38;
const ALLOW: BpfInstruction = [RETURN, 0, 0, 0x7fff_0000];
const refuseWith = (errno: number): BpfInstruction => [RETURN, 0, 0, 0x0005_0000 | errno];

export function isolationFilter(architecture: string = process.arch): BpfInstruction[] {
  const sections = (conventions[architecture] ?? []).flatMap((convention) => {
    const rules = rulesOf(convention);
    return [[IF_EQUAL, 0, rules.length, convention.arch] as const, ...rules];
  });
  return [[LOAD, 0, 0, ARCH], ...sections, refuseWith(ENOSYS)];
}

function rulesOf({ from, keyCalls, ioctl, socket, socketcall }: Convention): BpfInstruction[] {
  const load: BpfInstruction = [LOAD, 0, 0, NUMBER];
  return [
    load,
    ...(from === undefined ? [] : refuseIf(IF_AT_LEAST, from)),
    ...keyCalls.flatMap((number) => refuseIf(IF_EQUAL, number)),
    ...refuseArgument(ioctl, argumentAt(1), [TIOCSTI, TIOCLINUX]),
    ...refuseArgument(socket, argumentAt(0), [AF_VSOCK]),
    ...(socketcall === undefined ? [] : refuseArgument(socketcall, argumentAt(0), [SYS_SOCKET])),
    ALLOW,
  ];
}

function refuseIf(code: number, operand: number): BpfInstruction[] {
  return [[code, 0, 1, operand], refuseWith(EPERM)];
}

/** Of one call, these values of an argument. */
function refuseArgument(number: number, at: number, values: readonly number[]): BpfInstruction[] {
  const checks = values.flatMap((value) => refuseIf(IF_EQUAL, value));
  return [[IF_EQUAL, 0, checks.length + 2, number], [LOAD, 0, 0, at], ...checks, ALLOW];
}

/** For this process and all it starts, for good. */
export function installFilter(): Program {
  const filter = bpfProgram(isolationFilter());
  return [
    step('give up new privileges', 'prctl', [kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]),
    step('refuse to type into the terminal', 'seccomp', [
      kernel.SECCOMP_SET_MODE_FILTER,
      0,
      filter,
    ]),
  ];
}
