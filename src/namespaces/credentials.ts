/** Who a program runs as: groups, gid, uid and capabilities (credentials(7), capabilities(7)). */
import { readFileSync } from 'node:fs';
import {
  Block,
  Place,
  forgiving,
  kernel,
  load32,
  step,
  type Program,
  type Step,
} from '../native/index.js';

export interface Credentials {
  readonly uid?: number | undefined;
  /** Without supplementary groups. */
  readonly gid?: number | undefined;
  /** The capabilities held now stay, also for a program run as another user than 0. */
  readonly keepCapabilities?: boolean | undefined;
}

export function dropGroups(): Step {
  return step('drop the supplementary groups', 'setgroups', [0, 0]);
}

/** The gid before the uid, because another uid may no longer change it. */
export function becomeUser({ uid, gid, keepCapabilities = false }: Credentials): Program {
  return [
    ...(keepCapabilities ? [keepOverSetuid()] : []),
    ...(gid === undefined ? [] : [step(`become group ${gid}`, 'setgid', [gid])]),
    ...(uid === undefined ? [] : [step(`become user ${uid}`, 'setuid', [uid])]),
    ...(keepCapabilities ? makeAmbient() : []),
  ];
}

function keepOverSetuid(): Step {
  return step('keep capabilities', 'prctl', [kernel.PR_SET_KEEPCAPS, 1, 0, 0, 0]);
}

/** struct __user_cap_data_struct, twice: effective, permitted, inheritable. */
const wordsOfCapabilities = [0, 12].map((at) => ({ at, permitted: at + 4, inheritable: at + 8 }));

/** Permitted becomes effective and inheritable, then ambient: that is what survives execve(2). */
function makeAmbient(): Program {
  const sentence = 'make the capabilities inheritable';
  const header = new Block(8);
  new DataView(header.bytes.buffer).setUint32(0, kernel.LINUX_CAPABILITY_VERSION_3, true);
  const data = new Block(24);
  const copies = wordsOfCapabilities.flatMap(({ at, permitted, inheritable }) => {
    const word = load32(sentence, data, permitted);
    const copy = (to: number): Step => step(sentence, 'store32', [new Place(data, to), word]);
    return [word, copy(at), copy(inheritable)];
  });
  return [
    step('read our capabilities', 'capget', [header, data]),
    ...copies,
    step(sentence, 'capset', [header, data]),
    ...Array.from({ length: lastCapability() + 1 }, (_, capability) => raise(capability)),
  ];
}

/** EPERM: one that we do not have. */
function raise(capability: number): Step {
  const args = [kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_RAISE, capability, 0, 0];
  return forgiving(step(`pass on capability ${capability}`, 'prctl', args), 'EPERM');
}

function lastCapability(): number {
  try {
    return Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  } catch {
    return 40;
  }
}

const CAP_SETGID = 6;
const CAP_SETUID = 7;

/** May we give any of our ids to a user namespace, without newuidmap(1)? */
export function mayMapAnyIds(): boolean {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return [CAP_SETGID, CAP_SETUID].every((bit) => ((effective >> BigInt(bit)) & 1n) === 1n);
}
