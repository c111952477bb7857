/**
 * Seccomp filters (seccomp(2)) out of rules: classic BPF over struct seccomp_data, which is the number
 * of a system call, its calling convention and its arguments. Which calls are refused is said where a
 * filter is used. BPF instructions as in linux/filter.h.
 */
import { bpfProgram, type BpfInstruction } from './bpf.js';
import { SECCOMP_SET_MODE_FILTER } from './constants.js';
import { step, type Step } from './step.js';

const LOAD = 0x20;
const AND = 0x54;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_OF = 0x45;
const RETURN = 0x06;

/** Offsets in struct seccomp_data; of an argument the low half, because the kernel's is an int. */
const NUMBER = 0;
const ARCH = 4;
const argumentAt = (index: number): number => 16 + 8 * index;

export const EPERM = 1;
export const ENOSYS = 38;

const ALLOW: BpfInstruction = [RETURN, 0, 0, 0x7fff_0000];
const refuseWith = (errno: number): BpfInstruction => [RETURN, 0, 0, 0x0005_0000 | errno];

/** A piece of a filter that begins with the number loaded, and is over when it does not apply. */
export type SeccompRule = readonly BpfInstruction[];

/** Of one calling convention (AUDIT_ARCH_*, as the filter finds it). */
export interface SeccompSection {
  readonly arch: number;
  readonly rules: readonly SeccompRule[];
}

/** What no rule refuses is allowed, in the conventions that have a section; others do not exist. */
export function seccompFilter(sections: readonly SeccompSection[]): BpfInstruction[] {
  const code = sections.flatMap(({ arch, rules }) => {
    const body: BpfInstruction[] = [[LOAD, 0, 0, NUMBER], ...rules.flat(), ALLOW];
    return [[IF_EQUAL, 0, body.length, arch] as const, ...body];
  });
  return [[LOAD, 0, 0, ARCH], ...code, refuseWith(ENOSYS)];
}

export function refuseCall(number: number, errno: number = EPERM): SeccompRule {
  return refuseIf(IF_EQUAL, number, errno);
}

/** All calls from this number on. */
export function refuseFrom(number: number): SeccompRule {
  return refuseIf(IF_AT_LEAST, number, EPERM);
}

function refuseIf(code: number, operand: number, errno: number): BpfInstruction[] {
  return [[code, 0, 1, operand], refuseWith(errno)];
}

/** Which argument of which call, counted from 0; of it only these bits, when they are said. */
export interface SeccompArgument {
  readonly number: number;
  readonly index: number;
  readonly mask?: number;
}

/** Of one call, these values of an argument. */
export function refuseValues(argument: SeccompArgument, values: readonly number[]): SeccompRule {
  return about(
    argument,
    values.flatMap((value) => refuseIf(IF_EQUAL, value, EPERM)),
  );
}

/** Of one call, every value of an argument but these. */
export function allowValues(argument: SeccompArgument, values: readonly number[]): SeccompRule {
  const allowed = values.flatMap((value): BpfInstruction[] => [[IF_EQUAL, 0, 1, value], ALLOW]);
  return about(argument, [...allowed, refuseWith(EPERM)]);
}

/** Of one call, an argument that has any of these bits. */
export function refuseBits(argument: SeccompArgument, bits: number): SeccompRule {
  return about(argument, refuseIf(IF_ANY_OF, bits, EPERM));
}

/** The number is loaded again afterwards, for the rules that follow. */
function about({ number, index, mask }: SeccompArgument, checks: BpfInstruction[]): SeccompRule {
  const body: BpfInstruction[] = [
    [LOAD, 0, 0, argumentAt(index)],
    ...(mask === undefined ? [] : [[AND, 0, 0, mask] as const]),
    ...checks,
    [LOAD, 0, 0, NUMBER],
  ];
  return [[IF_EQUAL, 0, body.length, number], ...body];
}

/** For the calling thread and all it starts, for good; needs no_new_privs or CAP_SYS_ADMIN. */
export function installSeccomp(
  sentence: string,
  filter: readonly BpfInstruction[],
  flags = 0,
): Step {
  return step(sentence, 'seccomp', [SECCOMP_SET_MODE_FILTER, flags, bpfProgram(filter)]);
}
