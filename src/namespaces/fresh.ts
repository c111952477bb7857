/**
 * The program behind `nskit run`: fresh user, network, mount and pid namespaces for one command,
 * of which nothing is left when it ends or is killed. The init of the pid namespace does nothing
 * but reap, and ends when the process in front of it does: then the kernel kills the rest.
 */
import { constants } from 'node:os';
import {
  Block,
  blockSignals,
  bringUpLoopback,
  chdir,
  close,
  execute,
  exit,
  forgiving,
  fork,
  kernel,
  label,
  pipe,
  setDisposition,
  setHostname,
  setPropagation,
  setSignalMask,
  step,
  supervise,
  unshare,
  waitFor,
  waitUntilReady,
  writeFile,
  type Program,
  type Step,
} from '../native/index.js';
import { pipeEnds } from './base.js';
import { assemble, mapSteps, ownIds, type MapSteps } from './id-map.js';
import { freshProc, freshSysfs } from './join.js';
import { describeKinds, flagsOf, type NamespaceKind } from './kinds.js';

export interface FreshOptions {
  /** A pid namespace of its own (the default): whatever the command leaves running dies with it. */
  readonly pid?: boolean;
  /** Be your own uid and gid inside instead of 0: then the command has no capabilities. */
  readonly mapCurrent?: boolean;
  readonly hostname?: string;
  readonly workingDirectory?: string;
}

export function freshProgram(options: FreshOptions = {}): Program {
  const { pid = true, mapCurrent = false, hostname } = options;
  const kinds: NamespaceKind[] = ['user', 'net', 'mnt'];
  if (pid) kinds.push('pid');
  if (hostname !== undefined) kinds.push('uts');
  const map = ownMaps(mapCurrent);
  const sysfs = freshSysfs();
  const work = options.workingDirectory === undefined ? [] : [chdir(options.workingDirectory)];
  const end = pid ? inPidNamespace(work) : { main: [...work, execute()], aside: [] };
  return assemble(
    [
      ...map.prepare,
      unshare(`make new ${describeKinds(kinds)} namespaces`, flagsOf(kinds)),
      ...map.apply,
      ...bringUpLoopback(),
      ...allowPing(),
      ...(hostname === undefined ? [] : [setHostname(hostname)]),
      setPropagation('/', 'slave'),
      ...sysfs.apply,
      ...end.main,
    ],
    map.aside,
    sysfs.aside,
    end.aside,
  );
}

function ownMaps(mapCurrent: boolean): MapSteps {
  if (!mapCurrent) return mapSteps(ownIds(0, 0));
  return mapSteps(ownIds(process.geteuid?.() ?? 0, process.getegid?.() ?? 0));
}

/** Ping without a raw socket, for the group that everybody inside has; older kernels lack it. */
export function allowPing(): Program {
  const path = '/proc/sys/net/ipv4/ping_group_range';
  return writeFile('let everybody inside ping', path, '0 0').map((s) => forgiving(s));
}

interface End {
  readonly main: Program;
  readonly aside: Program;
}

/**
 * Both children of this process are in the new pid namespace: first its init, then the command,
 * whose parent we stay, so that we see it stop and end. The pipe's write end is ours alone.
 */
function inPidNamespace(work: Program): End {
  const before = new Block(8);
  const anchor = pipe('make a pipe to the init process');
  const [init, command] = [label('the init process'), label('the command')];
  const [readEnd, writeEnd] = pipeEnds(anchor.fds);
  const startInit = fork('start the init process of the pid namespace', init);
  const startCommand = fork('start the command', command);
  const status = supervise(startCommand);
  return {
    main: [
      setDisposition(constants.signals.SIGCHLD, 'default'),
      anchor.make,
      readEnd,
      writeEnd,
      startInit,
      blockSignals(before),
      startCommand,
      status,
      // Ends the init process, and with it whatever the command left running.
      close('let the init process end', writeEnd),
      forgiving(waitFor('wait until all of it is gone', startInit, new Block(4))),
      exit(status),
    ],
    aside: [
      init,
      ...reapUntilHangUp(readEnd, writeEnd),
      command,
      setSignalMask(before),
      unshare('copy the mount namespace', kernel.CLONE_NEWNS),
      ...freshProc(),
      ...work,
      execute(),
    ],
  };
}

function reapUntilHangUp(readEnd: Step, writeEnd: Step): Program {
  const again = label('wait');
  return [
    // So that the kernel itself reaps what the namespace leaves to its init.
    setDisposition(constants.signals.SIGCHLD, 'ignore'),
    step('leave the session', 'setsid', []),
    close('leave the write end to our parent', writeEnd),
    again,
    ...waitUntilReady('wait until our parent ends', [{ fd: readEnd }], again),
    exit(0),
  ];
}
