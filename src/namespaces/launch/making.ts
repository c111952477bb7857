/** Outside: the clone, as whoever is to own the new namespaces, and what is written for it. */
import {
  Block,
  close,
  kernel,
  load32,
  expectEqual,
  label,
  numbered,
  open,
  step,
  write,
  type Label,
  type Program,
  type Step,
} from '../../native/index.js';
import { formatIdMap, runTool, type IdMap, type IdMaps } from '../id-map.js';
import { flagsOf } from '../kinds.js';
import { capabilitySets, limitSteps } from '../privileges/index.js';
import { cloneKinds, type Channel } from './inside.js';
import type { LaunchOptions } from './options.js';
import type { Part } from './part.js';

/** struct clone_args: flags, exit_signal, set_tid, set_tid_size; its size since Linux 5.5. */
const CLONE_ARGS_SIZE = 88;
const EXIT_SIGNAL_AT = 32;
const SET_TID_AT = 64;
const SET_TID_SIZE_AT = 72;

export interface CloneSettings {
  /** CLONE_PARENT and the like. */
  readonly flags?: number;
  /** 0 with CLONE_PARENT: then the maker's. */
  readonly exitSignal: number;
}

export interface NewProcess {
  readonly clone: Step;
  readonly start: Label;
  /** The effective uid decides who owns a new user namespace; afterwards it is ours again. */
  readonly steps: Program;
}

export function newProcess(options: LaunchOptions, settings: CloneSettings): NewProcess {
  const { pids = [], ownerUid } = options;
  const { flags = 0, exitSignal } = settings;
  const list = new Block(new Uint8Array(Int32Array.from(pids).buffer));
  const pointers = pids.length === 0 ? [] : [{ at: SET_TID_AT, target: list }];
  const args = new Block(new Uint8Array(CLONE_ARGS_SIZE), pointers);
  const view = new DataView(args.bytes.buffer);
  view.setBigUint64(0, BigInt(flagsOf(cloneKinds(options)) | flags), true);
  view.setBigUint64(EXIT_SIGNAL_AT, BigInt(exitSignal), true);
  view.setBigUint64(SET_TID_SIZE_AT, BigInt(pids.length), true);
  const start = label('the new process');
  const sentence = 'start the new process';
  const clone = step(sentence, 'clone3', [args, CLONE_ARGS_SIZE], { child: start });
  return { clone, start, steps: [...becomeOwner(ownerUid), clone, ...becomeOurselves(ownerUid)] };
}

const effectiveUid = (sentence: string, uid: number): Step =>
  step(sentence, 'setresuid', [-1, uid, -1]);

/** Such a change takes the effective capabilities, but not the permitted ones. */
function becomeOwner(uid: number | undefined): Program {
  if (uid === undefined) return [];
  return [effectiveUid(`act as user ${uid}`, uid), ...capabilitySets().reload];
}

function becomeOurselves(uid: number | undefined): Program {
  return uid === undefined ? [] : [effectiveUid('be ourselves again', process.geteuid?.() ?? 0)];
}

/** The pipes' four ends, as steps that answer them: known to be open from their making on. */
export interface ChannelEnds {
  readonly steps: Program;
  readonly gateWrite: Step;
  readonly readyRead: Step;
  /** Those of the new process, closed here: otherwise its death would go unnoticed. */
  readonly leave: Program;
}

export function channelEnds({ gate, ready }: Channel): ChannelEnds {
  const find = (fds: Block, at: number): Step => {
    return { ...load32('find the pipes to and from the new process', fds, at), opens: true };
  };
  const [gateRead, gateWrite] = [find(gate.fds, 0), find(gate.fds, 4)];
  const [readyRead, readyWrite] = [find(ready.fds, 0), find(ready.fds, 4)];
  const sentence = 'leave the other end to the new process';
  return {
    steps: [gate.make, ready.make, gateRead, gateWrite, readyRead, readyWrite],
    ...{ gateWrite, readyRead },
    leave: [close(sentence, gateRead), close(sentence, readyWrite)],
  };
}

export interface Found {
  readonly steps: Program;
  /** Its /proc folder. */
  readonly folder: Step;
}

/** While it cannot have been reaped, its number is its own. */
export function findProcess(clone: Step): Found {
  const path = numbered('find the new process', '/proc/', clone);
  const flags = kernel.O_DIRECTORY | kernel.O_NOFOLLOW;
  const folder = open('open the /proc folder of the new process', path.text, { flags });
  return { steps: [path.write, folder], folder };
}

/** Its byte, or, when it has failed already, more than one or none. */
export function awaitReady({ ready }: Channel): Program {
  return awaitBytes('wait for the new process', ready.fds, 1);
}

/** The pipe is closed by exec, or by the end of a process that was to run none. */
export function awaitExec({ ready }: Channel): Program {
  return awaitBytes('wait until the program runs', ready.fds, 0);
}

function awaitBytes(sentence: string, fds: Block, count: number): Program {
  const readEnd = load32(sentence, fds, 0);
  const got = step(sentence, 'read', [readEnd, new Block(8), 8]);
  return [readEnd, got, expectEqual(sentence, got, count, 'ECHILD')];
}

/** What only others can do for it: its maps and its limits. */
export function settings(options: LaunchOptions, clone: Step, folder: Step): Part {
  const { maps, limits = {} } = options;
  const map = maps === undefined ? { meanwhile: [], aside: [] } : mapFor(maps, clone, folder);
  return { meanwhile: [...limitSteps(limits, clone), ...map.meanwhile], aside: map.aside };
}

interface MapPart {
  readonly meanwhile: Program;
  readonly aside: Program;
}

function mapFor(maps: IdMaps, clone: Step, folder: Step): MapPart {
  const deny = maps.setgroups === 'deny' ? writeIn(folder, 'setgroups', 'deny') : [];
  if (maps.by === 'self') {
    const both = [
      ...writeMap(folder, 'uid_map', maps.uid),
      ...writeMap(folder, 'gid_map', maps.gid),
    ];
    return { meanwhile: [...deny, ...both], aside: [] };
  }
  const pid = numbered('write down its number', '', clone);
  const tools = (['uid', 'gid'] as const)
    .filter((kind) => maps[kind].length > 0)
    .map((kind) => runTool(`new${kind}map`, pid.text, maps[kind]));
  return {
    meanwhile: [...deny, pid.write, ...tools.flatMap(({ main }) => main)],
    aside: tools.flatMap(({ aside }) => aside),
  };
}

function writeMap(folder: Step, name: 'uid_map' | 'gid_map', map: IdMap): Program {
  return map.length === 0 ? [] : writeIn(folder, name, formatIdMap(map));
}

function writeIn(folder: Step, name: string, text: string): Program {
  const sentence = `write its ${name}`;
  const file = open(sentence, name, { at: folder, flags: kernel.O_WRONLY });
  return [file, { ...write(sentence, file, text), path: name }, step(sentence, 'close', [file])];
}
