/** Capabilities by name (capabilities(7)), and the steps that change a process's sets of them. */
import { NskitError } from '../../errors/index.js';
import {
  Block,
  Place,
  expectEqual,
  forgiving,
  kernel,
  load32,
  step,
  type Program,
  type Step,
} from '../../native/index.js';
import { setSecureBits } from './securebits.js';

/** In the order of their numbers. */
export const capabilityNames = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

export type CapabilityName = (typeof capabilityNames)[number];

/** Names, or bits as /proc/PID/status shows them: bit n is capability n. */
export type Capabilities = readonly CapabilityName[] | bigint;

/** The numbers in a set. Throws ERR_USAGE for a name that there is not. */
export function capabilityNumbers(set: Capabilities): number[] {
  if (typeof set === 'bigint') {
    return Array.from({ length: 64 }, (_, n) => n).filter((n) => ((set >> BigInt(n)) & 1n) === 1n);
  }
  return set.map((name) => {
    const number = capabilityNames.indexOf(name);
    if (number >= 0) return number;
    throw new NskitError('ERR_USAGE', `${JSON.stringify(name)} is no capability`);
  });
}

function bitsOf(set: Capabilities): bigint {
  return capabilityNumbers(set).reduce((bits, n) => bits | (1n << BigInt(n)), 0n);
}

/** struct __user_cap_data_struct, twice: effective, permitted, inheritable; low words, high words. */
const WORDS = [0, 12].map((at) => ({ effective: at, permitted: at + 4, inheritable: at + 8 }));

export interface CapabilitySets {
  /** What it holds, becomes effective again. */
  readonly reload: Program;
  /** Once more, after a change of uid that kept the permitted ones. */
  readonly restore: Program;
}

/** Permitted becomes effective; the inheritable set what it is to be, or as it was. */
export function capabilitySets(inheritable?: Capabilities | 'permitted'): CapabilitySets {
  const sentence = 'set the capabilities of the process';
  const header = new Block(8);
  new DataView(header.bytes.buffer).setUint32(0, kernel.LINUX_CAPABILITY_VERSION_3, true);
  const data = new Block(24);
  const copies = WORDS.flatMap((at, i): Step[] => {
    const permitted = load32(sentence, data, at.permitted);
    const store = (to: number, value: Step | number): Step =>
      step(sentence, 'store32', [new Place(data, to), value]);
    const wanted = inheritable === 'permitted' ? permitted : wordOf(inheritable, i);
    return [
      permitted,
      store(at.effective, permitted),
      ...(wanted === undefined ? [] : [store(at.inheritable, wanted)]),
    ];
  });
  const set = (): Step => step(sentence, 'capset', [header, data]);
  return {
    reload: [step('read our capabilities', 'capget', [header, data]), ...copies, set()],
    restore: [set()],
  };
}

function wordOf(set: Capabilities | undefined, word: number): number | undefined {
  if (set === undefined) return undefined;
  return Number((bitsOf(set) >> BigInt(32 * word)) & 0xffff_ffffn);
}

/** None now, and none after an exec, as uid 0 neither. Nobody without any can lock that, nor need. */
export function noCapabilities(): Program {
  const sentence = 'give up all capabilities';
  const header = new Block(8);
  new DataView(header.bytes.buffer).setUint32(0, kernel.LINUX_CAPABILITY_VERSION_3, true);
  const clearAmbient = [kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0];
  return [
    step(sentence, 'prctl', clearAmbient),
    forgiving(setSecureBits(['noroot', 'noroot_locked']), 'EPERM'),
    step(sentence, 'capset', [header, new Block(24)]),
  ];
}

/** What a program keeps that is no uid 0: each must be permitted and inheritable. */
export function raiseAmbient(set: Capabilities | 'inheritable'): Program {
  const raise = (capability: number): Step => {
    const args = [kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_RAISE, capability, 0, 0];
    return step(`pass on ${nameOf(capability)}`, 'prctl', args);
  };
  if (set !== 'inheritable') return capabilityNumbers(set).map(raise);
  // EPERM: not among them. EINVAL: younger than the kernel.
  return capabilityNames.map((_, n) => forgiving(raise(n)));
}

/** Whatever is not in the set can never be had again. Those in it must be there. */
export function limitBounding(set: Capabilities): Program {
  const kept = capabilityNumbers(set);
  return [
    ...kept.flatMap((n) => isInBounding(n)),
    ...capabilityNames.flatMap((_, n): Step[] =>
      kept.includes(n)
        ? []
        : [
            forgiving(
              step(`take ${nameOf(n)} away for good`, 'prctl', [
                kernel.PR_CAPBSET_DROP,
                n,
                0,
                0,
                0,
              ]),
              'EINVAL',
            ),
          ],
    ),
  ];
}

function isInBounding(capability: number): Program {
  const sentence = `keep ${nameOf(capability)}, which must be in the bounding set`;
  const look = step(sentence, 'prctl', [kernel.PR_CAPBSET_READ, capability, 0, 0, 0]);
  return [look, expectEqual(sentence, look, 1, 'EPERM')];
}

function nameOf(capability: number): string {
  return capabilityNames[capability] ?? `capability ${capability}`;
}
