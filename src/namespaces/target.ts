/**
 * What a name leads to, as steps that open it at run time: no pid and no fd is written into a
 * stored program, so it stays true until the name is gone.
 */
import { join } from 'node:path';
import { open, type Program, type Step } from '../native/index.js';
import { kindWords, type NamespaceKind } from './kinds.js';
import { lockHolderSteps } from './pause.js';
import type { NameRecord } from './record.js';
import { SYSTEM_STATE_DIRECTORY, type StateDirectory } from './state-directory.js';

/** Where iproute2 looks, and where the owning user namespace of a name made by root is. */
export const SYSTEM_NET_FOLDER = '/run/netns';
export const SYSTEM_USER_FOLDER = '/run/userns';

export interface Opened {
  readonly kind: NamespaceKind;
  /** The step that opens it, or an fd that is open already. */
  readonly file: Step | number;
}

/** Opened by a step of the program itself. */
interface OpenedByStep extends Opened {
  readonly file: Step;
}

export interface Target {
  readonly open: Program;
  /** In the order they are entered: the user namespace first, because it grants the others. */
  readonly namespaces: readonly Opened[];
}

export function targetOf(state: StateDirectory, record: NameRecord): Target {
  return state.path === SYSTEM_STATE_DIRECTORY ? systemTarget(record) : pinnedTarget(state, record);
}

/** A name made by root: plain files that last until reboot. */
export function systemTarget({ name, kinds }: Pick<NameRecord, 'name' | 'kinds'>): Target {
  const namespaces: OpenedByStep[] = [
    ...(kinds.includes('user') ? [openFile('user', name, join(SYSTEM_USER_FOLDER, name))] : []),
    openFile('net', name, join(SYSTEM_NET_FOLDER, name)),
  ];
  return { open: namespaces.map(({ file }) => file), namespaces };
}

function openFile(kind: NamespaceKind, name: string, path: string): OpenedByStep {
  return { kind, file: open(`open the ${kindWords[kind]} namespace of ${name}`, path) };
}

/** A name of the user's own: pins that only the pause process's mount namespace shows. */
function pinnedTarget(state: StateDirectory, { name, kinds, isolated }: NameRecord): Target {
  const pause = lockHolderSteps(state.pauseLock, 'the pause process');
  const pinned = (kind: NamespaceKind): OpenedByStep => {
    const path = `root${state.pin(kind, name)}`;
    const sentence = `open the ${kindWords[kind]} namespace of ${name}`;
    return { kind, file: open(sentence, path, { at: pause.proc }) };
  };
  const base: OpenedByStep = {
    kind: 'user',
    file: open('open the base user namespace', 'ns/user', { at: pause.proc }),
  };
  const rest = (['pid', 'uts', 'ipc', 'mnt'] as const).filter((kind) => kinds.includes(kind));
  const owners = kinds.includes('user') ? [pinned('user')] : [base];
  if (isolated) {
    const init = lockHolderSteps(join(state.inits, name), `the init process of ${name}`);
    const mnt = openMounts(name, init.proc);
    // The mounts belong to the base, and are out of reach once we are in the user namespace.
    const namespaces = [base, pinned('net'), ...rest.map(pinned), mnt, pinned('user')];
    const files = namespaces.map(({ file }) => file);
    return { open: [...pause.steps, ...init.steps, ...files], namespaces };
  }
  const namespaces = [...owners, pinned('net'), ...rest.map(pinned)];
  return { open: [...pause.steps, ...namespaces.map(({ file }) => file)], namespaces };
}

/**
 * Of an isolated name, from its init process: whether a mount namespace may be pinned depends, since
 * Linux 6.18, on which processor made it (its id must be the higher one, and each has ids of its own).
 */
function openMounts(name: string, init: Step): OpenedByStep {
  return { kind: 'mnt', file: open(`open the mount namespace of ${name}`, 'ns/mnt', { at: init }) };
}

/** The base namespaces themselves. */
export function baseTarget(state: StateDirectory, kinds: readonly NamespaceKind[]): Target {
  const pause = lockHolderSteps(state.pauseLock, 'the pause process');
  const namespaces = kinds.map((kind): OpenedByStep => {
    const sentence = `open the base ${kindWords[kind]} namespace`;
    return { kind, file: open(sentence, `ns/${kind}`, { at: pause.proc }) };
  });
  return { open: [...pause.steps, ...namespaces.map(({ file }) => file)], namespaces };
}
