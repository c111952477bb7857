/**
 * The program behind `nskit exec NAME` and `nskit shell NAME`: into the namespaces of a name with
 * the caller's mounts, working directory, environment, groups and terminal. It is stored, and run
 * by the launcher without Node.
 */
import { constants } from 'node:os';
import {
  Block,
  blockSignals,
  callersArguments,
  callersEnvironment,
  chdir,
  dieWithParent,
  exit,
  fork,
  jump,
  kernel,
  label,
  orElse,
  setDisposition,
  setSignalMask,
  step,
  supervise,
  unshare,
  Place,
  type Label,
  type Program,
  type Step,
} from '../native/index.js';
import { etcSteps } from './etc-files.js';
import { assemble, mapSteps, singleId, type IdMaps } from './id-map.js';
import { freshProc, freshSysfs, joinAll, privateMounts } from './join.js';
import type { Target } from './target.js';

export interface InsideOptions {
  readonly target: Target;
  /** Folders whose files appear over /etc. */
  readonly etcFolders: readonly string[];
  /** Folders that are out of sight inside. */
  readonly hidden?: readonly string[];
  /** Inside, be this uid and gid instead of 0: without any capability once a program runs. */
  readonly mapCurrent?: { readonly uid: number; readonly gid: number };
  readonly workingDirectory?: string;
}

export interface InsideProgram {
  readonly program: Program;
  readonly entries: { readonly exec: Label; readonly shell: Label };
}

export function insideProgram(options: InsideOptions): InsideProgram {
  const { target, etcFolders, hidden } = options;
  const command = commandSteps();
  const etc = etcSteps(etcFolders, hidden);
  const sysfs = freshSysfs();
  const view = [...privateMounts(), ...sysfs.apply, ...etc.apply];
  const last = [...workIn(options.workingDirectory), ...nest(options.mapCurrent), ...command.run];
  const hasPid = target.namespaces.some(({ kind }) => kind === 'pid');
  const body = hasPid
    ? inChild((): Program => [...view, ...freshProc(), ...last])
    : [...view, ...last];
  const enter = [...etc.check, ...target.open, ...joinAll(target.namespaces)];
  return {
    program: assemble([...command.choose, ...enter, ...body], sysfs.aside),
    entries: command.entries,
  };
}

/**
 * Only a child enters a pid namespace. We stay outside, stand in for it in front of our parent,
 * and take it with us when we are killed.
 */
export function inChild(body: () => Program): Program {
  const before = new Block(8);
  const child = label('the child that enters the pid namespace');
  const forked = fork('start a child in the pid namespace', child);
  const status = supervise(forked);
  return [
    setDisposition(constants.signals.SIGCHLD, 'default'),
    blockSignals(before),
    forked,
    status,
    exit(status),
    child,
    dieWithParent(),
    setSignalMask(before),
    ...body(),
  ];
}

function workIn(folder: string | undefined): Program {
  return folder === undefined ? [] : [chdir(folder)];
}

/** After every mount, because the nested user namespace may do none of them. */
function nest(ids: InsideOptions['mapCurrent']): Program {
  if (ids === undefined) return [];
  const maps: IdMaps = {
    uid: singleId(ids.uid, 0),
    gid: singleId(ids.gid, 0),
    setgroups: 'deny',
    by: 'self',
  };
  return [
    unshare('make a user namespace for your own uid', kernel.CLONE_NEWUSER),
    ...mapSteps(maps).apply,
  ];
}

export interface CommandSteps {
  readonly entries: { readonly exec: Label; readonly shell: Label };
  readonly choose: Program;
  readonly run: Program;
}

/** Two entries, one end: what is run is the caller's command, or the caller's shell. */
export function commandSteps(): CommandSteps {
  const [exec, shell, common] = [label('exec'), label('shell'), label('enter')];
  const [noShell, haveShell] = [label('no SHELL'), label('a shell is chosen')];
  const chosen = new Block(8);
  const shellArguments = new Block(16);
  const store = (into: Block, value: Parameters<typeof step>[2][number]): Step =>
    step('choose what to run', 'store64', [new Place(into, 0), value]);
  const fromEnvironment = orElse(step('look for SHELL', 'getenv', ['SHELL']), noShell);
  const argv = step('choose what to run', 'load64', [chosen]);
  return {
    entries: { exec, shell },
    choose: [
      exec,
      store(chosen, callersArguments),
      jump(common),
      shell,
      fromEnvironment,
      store(shellArguments, fromEnvironment),
      jump(haveShell),
      noShell,
      store(shellArguments, '/bin/sh'),
      haveShell,
      store(chosen, shellArguments),
      common,
    ],
    run: [argv, step('run the program', 'execvpe', [argv, callersEnvironment])],
  };
}
