/** The new process's half: it waits, finishes its set-up, and is then ready for the program. */
import {
  kernel,
  load32,
  close,
  reportTo,
  setHostname,
  setPropagation,
  step,
  unshare,
  write,
  type Pipe,
  type Program,
  type Step,
} from '../../native/index.js';
import { describeKinds, flagsOf, type NamespaceKind } from '../kinds.js';
import { waitForByte } from '../outside-helper.js';
import { applyPrivileges } from '../privileges/index.js';
import { arrangeFileSystem } from '../root-directory.js';
import { joinSteps } from './join.js';
import type { LaunchOptions } from './options.js';

/** Between the halves: a byte each way, and behind the new one's byte how its start ended. */
export interface Channel {
  readonly gate: Pipe;
  readonly ready: Pipe;
}

/** These cannot be asked of clone(2), or not before others have acted on the process. */
const late: readonly NamespaceKind[] = ['cgroup', 'time'];

export function cloneKinds({ namespaces = [] }: LaunchOptions): NamespaceKind[] {
  return namespaces.filter((kind) => !late.includes(kind));
}

/** Says that it waits, and waits. What fails later is said on the same pipe; exec closes it. */
export function awaitRelease({ gate, ready }: Channel): Program {
  const sentence = 'say that we are waiting';
  const writeEnd = load32(sentence, ready.fds, 4);
  return [writeEnd, write(sentence, writeEnd, '.'), ...waitForByte(gate.fds)];
}

export function reportBy({ ready }: Channel): Program {
  const sentence = 'find the pipe to our maker';
  const [readEnd, writeEnd] = [load32(sentence, ready.fds, 0), load32(sentence, ready.fds, 4)];
  return [readEnd, writeEnd, close(sentence, readEnd), reportTo(writeEnd)];
}

/** Before it waits: what others may want to find done. */
export function earlySet(options: LaunchOptions): Program {
  const { hostname, newSession = false } = options;
  const { propagation = cloneKinds(options).includes('mnt') ? 'slave' : 'unchanged' } = options;
  return [
    ...(hostname === undefined ? [] : [setHostname(hostname)]),
    ...(newSession ? [step('leave the session', 'setsid', [])] : []),
    ...(propagation === 'unchanged' ? [] : [setPropagation('/', propagation)]),
  ];
}

/** Nothing of this may fail for want of capabilities that only the program is not to have. */
export function lateSet(options: LaunchOptions): Program {
  const { namespaces = [], root, proc, workingDirectory, join = [], privileges = {} } = options;
  const kinds = namespaces.filter((kind) => late.includes(kind));
  const changes = { ...privileges, keepCapabilities: true };
  return [
    ...(kinds.length === 0
      ? []
      : [unshare(`make new ${describeKinds(kinds)} namespaces`, flagsOf(kinds))]),
    ...(privileges.uid === undefined && privileges.gid === undefined
      ? applyPrivileges(privileges)
      : applyPrivileges(changes)),
    ...tuning(options),
    hide(),
    ...arrangeFileSystem({ root, proc, workingDirectory }),
    ...join.flatMap(joinSteps),
  ];
}

/** From here on nobody inside may look into this process, which has seen the outside. */
function hide(): Step {
  return step('hide our memory from those inside', 'prctl', [kernel.PR_SET_DUMPABLE, 0, 0, 0, 0]);
}

function tuning({ timerSlackNs, hugePages }: LaunchOptions): Program {
  const prctl = (sentence: string, option: number, value: number | bigint): Step =>
    step(sentence, 'prctl', [option, value, 0, 0, 0]);
  return [
    ...(hugePages === undefined
      ? []
      : [prctl('set transparent huge pages', kernel.PR_SET_THP_DISABLE, Number(!hugePages))]),
    ...(timerSlackNs === undefined
      ? []
      : [prctl('set the timer slack', kernel.PR_SET_TIMERSLACK, timerSlackNs)]),
  ];
}
