/** What a program may do once it runs: ids, groups, capabilities, secure bits (credentials(7)). */
import { Block, kernel, step, type Program, type Step } from '../../native/index.js';
import { capabilitySets, limitBounding, raiseAmbient, type Capabilities } from './capabilities.js';
import { setSecureBits, type SecureBits } from './securebits.js';

/** Whatever is not said stays as it is. */
export interface Privileges {
  /** Real, effective and saved. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** The supplementary groups; an empty list drops them all. */
  readonly groups?: readonly number[] | undefined;
  readonly inheritable?: Capabilities | 'permitted' | undefined;
  /** `inheritable`: as many of those as are permitted. */
  readonly ambient?: Capabilities | 'inheritable' | undefined;
  /** Each must be in the bounding set; all others leave it. */
  readonly bounding?: Capabilities | undefined;
  readonly securebits?: SecureBits | undefined;
  /** A change of uid leaves the permitted capabilities; with `inheritable` it does anyway. */
  readonly keepCapabilities?: boolean | undefined;
  /** No program that is executed gets more rights than there are now (no_new_privs). */
  readonly noNewPrivileges?: boolean | undefined;
}

/** Whether other memory than ours must be used: a change of ids marks it as not to be dumped. */
export function changesIds({ uid, gid, groups }: Privileges): boolean {
  return uid !== undefined || gid !== undefined || groups !== undefined;
}

/**
 * The inheritable set while it may still be changed; groups before the gid, the gid before the uid,
 * because each change takes the right to the ones before it; the ambient set after the uid, whose
 * change clears it; the bounding set and the secure bits last of those that need a capability.
 */
export function applyPrivileges(privileges: Privileges): Program {
  const { inheritable, ambient, bounding, securebits, noNewPrivileges = false } = privileges;
  const { keepCapabilities = inheritable !== undefined } = privileges;
  const sets = keepCapabilities ? capabilitySets(inheritable) : { reload: [], restore: [] };
  return [
    ...sets.reload,
    ...becomeIds(privileges, keepCapabilities, sets.restore),
    ...(ambient === undefined ? [] : raiseAmbient(ambient)),
    ...(bounding === undefined ? [] : limitBounding(bounding)),
    ...(securebits === undefined ? [] : [setSecureBits(securebits)]),
    ...(noNewPrivileges ? [forbidNewPrivileges()] : []),
  ];
}

function becomeIds({ uid, gid, groups }: Privileges, keeps: boolean, restore: Program): Program {
  const keep = step('keep capabilities', 'prctl', [kernel.PR_SET_KEEPCAPS, 1, 0, 0, 0]);
  return [
    ...(groups === undefined ? [] : [setGroups(groups)]),
    ...(keeps && uid !== undefined ? [keep] : []),
    ...(gid === undefined ? [] : [step(`become group ${gid}`, 'setresgid', [gid, gid, gid])]),
    ...(uid === undefined ? [] : [step(`become user ${uid}`, 'setresuid', [uid, uid, uid])]),
    ...(uid === undefined ? [] : restore),
  ];
}

export function setGroups(groups: readonly number[]): Step {
  const list = new Block(new Uint8Array(Uint32Array.from(groups).buffer));
  const sentence = groups.length === 0 ? 'drop the supplementary groups' : 'set the groups';
  return step(sentence, 'setgroups', [groups.length, groups.length === 0 ? 0 : list]);
}

function forbidNewPrivileges(): Step {
  return step('forbid new privileges', 'prctl', [kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]);
}
