/**
 * Making an isolated namespace. Four processes, because each thing is only possible from where it
 * stands:
 *
 *     we, in the base user namespace     build the file tree; write the id maps; wait
 *       +- the init process              first in the new user, pid, network, ipc and uts namespaces
 *       +- the pinner                    in the base mount namespace, where the pins are
 *       +- the mounter                   in the new pid and network namespaces, with our rights
 *                                        over the mounts: mounts what shows those two
 */
import { constants } from 'node:os';
import {
  Block,
  bindMount,
  bringUpLoopback,
  close,
  createFile,
  exit,
  expectEqual,
  expectSuccess,
  fork,
  kernel,
  label,
  open,
  pipe,
  setHostname,
  setns,
  step,
  write,
  type Program,
  type Step,
} from '../../native/index.js';
import { pipeEnds } from '../base.js';
import { detach } from '../detach.js';
import { assemble, formatIdMap, type IdMaps } from '../id-map.js';
import { joinAll } from '../join.js';
import { cloneFlags, flagsOf, kindWords } from '../kinds.js';
import type { NameRecord } from '../record.js';
import type { StateDirectory } from '../state-directory.js';
import { baseTarget } from '../target.js';
import { becomeInit, type InitFiles } from './init.js';
import { buildRoot, leaveOldRoot, mountKernelFolders, type RootOptions } from './root.js';

export interface IsolatedOptions {
  readonly state: StateDirectory;
  readonly record: NameRecord;
  readonly maps: IdMaps;
  readonly files: InitFiles;
  readonly root: RootOptions;
}

/** Pinned beside the network namespace. The mount namespace is held by the init process alone. */
export const isolatedKinds = ['user', 'pid', 'uts', 'ipc'] as const;

/** Kinds the init process is the first in; its mount namespace is the one we build. */
const newKinds = ['net', ...isolatedKinds] as const;

export function makeIsolatedProgram(options: IsolatedOptions): Program {
  const { state, record, maps, root } = options;
  const base = baseTarget(state, ['user', 'mnt']);
  const [baseUser, baseMounts] = base.namespaces;
  if (baseUser === undefined || baseMounts === undefined) throw new TypeError('no base');
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  const proc = open('open the processes of the host', '/proc', { flags });
  const init = startInit(options);
  const pid = new Block(16);
  const folder = open('open the folder of the init process', pid, { flags, at: proc });
  const pins = inOwnProcess('the pinner', [
    ...joinAll([baseMounts]),
    step('go to the folder of the init process', 'fchdir', [folder]),
    ...pinAll(state, record.name),
  ]);
  const mounter = mountInside(folder);
  return assemble(
    [
      ...base.open,
      ...joinAll([baseUser]),
      proc,
      ...buildRoot(root),
      ...init.start,
      step('write down who it is', 'decimal', [pid, init.started]),
      folder,
      ...writeMaps(folder, maps),
      ...pins.main,
      ...mounter.main,
      ...leaveOldRoot(),
      ...init.finish,
    ],
    pins.aside,
    mounter.aside,
    init.aside,
  );
}

interface Helper {
  readonly main: Program;
  readonly aside: Program;
}

/** Steps that a forked process runs while we wait. */
function inOwnProcess(who: string, steps: Program): Helper {
  const child = label(who);
  const started = fork(`start ${who}`, child);
  return {
    main: [started, ...expectSuccess(`wait for ${who}`, started)],
    aside: [child, ...steps, exit(0)],
  };
}

/** From the base, which holds CAP_SETUID over these ids; the process itself may map one id only. */
function writeMaps(folder: Step, { uid, gid }: IdMaps): Program {
  return (['uid', 'gid'] as const).flatMap((kind) => {
    const sentence = `map the ${kind === 'uid' ? 'user' : 'group'} ids`;
    const file = open(sentence, `${kind}_map`, { flags: kernel.O_WRONLY, at: folder });
    const text = formatIdMap(kind === 'uid' ? uid : gid);
    return [file, write(sentence, file, text), close(sentence, file)];
  });
}

function pinAll(state: StateDirectory, name: string): Program {
  return newKinds.flatMap((kind) => {
    const path = state.pin(kind, name);
    return [
      createFile(`make the pin of the ${kindWords[kind]} namespace of ${name}`, path),
      bindMount(`ns/${kind}`, path),
    ];
  });
}

function mountInside(folder: Step): Helper {
  const file = (kind: 'pid' | 'net'): Step =>
    open(`open the new ${kindWords[kind]} namespace`, `ns/${kind}`, { at: folder });
  const [pid, net] = [file('pid'), file('net')];
  const mounter = inOwnProcess('the mounter', [
    ...joinAll([{ kind: 'net', file: net }]),
    ...mountKernelFolders(),
  ]);
  const enter = setns('let a child join the pid namespace', pid, cloneFlags.pid);
  return { ...mounter, main: [pid, net, enter, ...mounter.main] };
}

interface InitSteps {
  readonly started: Step;
  readonly start: Program;
  readonly finish: Program;
  readonly aside: Program;
}

/** It waits for us, first as it is, then under its own program: if we are killed it ends. */
function startInit({ record, files }: IsolatedOptions): InitSteps {
  const child = label('the init process');
  const go = pipe('make a pipe to the init process');
  const ready = pipe('make a pipe from the init process');
  const [goRead, goWrite] = pipeEnds(go.fds);
  const [readyRead, readyWrite] = pipeEnds(ready.fds);
  const flags = flagsOf(newKinds) | constants.signals.SIGCHLD;
  const started = step(`make the namespaces of ${record.name}`, 'clone', [flags, 0, 0, 0, 0], {
    child,
  });
  const told = step('wait until the ids are mapped', 'read', [goRead, new Block(8), 1]);
  const heard = step('wait for the init process', 'read', [readyRead, new Block(8), 1]);
  return {
    started,
    start: [go.make, goRead, goWrite, ready.make, readyRead, readyWrite, started],
    finish: [
      close('leave its end to the init process', readyWrite),
      write('tell the init process to go on', goWrite, '.'),
      heard,
      expectEqual('wait for the init process', heard, 1, 'ECHILD'),
      write('tell the init process to stay', goWrite, '.'),
    ],
    aside: [
      child,
      close('close the end that is not ours', goWrite),
      close('close the end that is not ours', readyRead),
      told,
      expectEqual('wait until the ids are mapped', told, 1, 'ECHILD'),
      ...detach(),
      ...bringUpLoopback(),
      ...(record.hostname === undefined ? [] : [setHostname(record.hostname)]),
      ...becomeRoot(),
      ...becomeInit({ name: record.name, files, ready: readyWrite, commit: goRead }),
    ],
  };
}

/** From the user's id, which is not mapped here, to the first subordinate one. */
export function becomeRoot(): Program {
  return [
    step('give up all groups', 'setgroups', [0, 0]),
    step('become group 0 inside', 'setresgid', [0, 0, 0]),
    step('become user 0 inside', 'setresuid', [0, 0, 0]),
  ];
}
