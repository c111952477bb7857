/** Who a program runs as: groups, gid, uid and capabilities (credentials(7), capabilities(7)). */
import { readFileSync } from 'node:fs';
import { kernel, step, type Program, type Step } from '../native/index.js';
import { capabilitySets, raiseAmbient, setGroups } from './privileges/index.js';

export interface Credentials {
  readonly uid?: number | undefined;
  /** Without supplementary groups. */
  readonly gid?: number | undefined;
  /** The capabilities held now stay, also for a program run as another user than 0. */
  readonly keepCapabilities?: boolean | undefined;
}

export function dropGroups(): Step {
  return setGroups([]);
}

/** The gid before the uid, because another uid may no longer change it. */
export function becomeUser({ uid, gid, keepCapabilities = false }: Credentials): Program {
  return [
    ...(keepCapabilities ? [keepOverSetuid()] : []),
    ...(gid === undefined ? [] : [step(`become group ${gid}`, 'setgid', [gid])]),
    ...(uid === undefined ? [] : [step(`become user ${uid}`, 'setuid', [uid])]),
    ...(keepCapabilities ? passOnCapabilities() : []),
  ];
}

function keepOverSetuid(): Step {
  return step('keep capabilities', 'prctl', [kernel.PR_SET_KEEPCAPS, 1, 0, 0, 0]);
}

/** Permitted becomes inheritable, then ambient: that is what survives execve(2). */
function passOnCapabilities(): Program {
  return [...capabilitySets('permitted').reload, ...raiseAmbient('inheritable')];
}

const CAP_SETGID = 6;
const CAP_SETUID = 7;

/** May we give any of our ids to a user namespace, without newuidmap(1)? */
export function mayMapAnyIds(): boolean {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return [CAP_SETGID, CAP_SETUID].every((bit) => ((effective >> BigInt(bit)) & 1n) === 1n);
}
