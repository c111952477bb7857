/**
 * What whoever started the command had set, and Node has changed since: ignored signals (nohup),
 * the soft limit of open files, and descriptors beside the standard ones (`3<file`), which Node
 * makes close-on-exec. The launcher notes them in NSKIT_CALLER before Node starts; a program that
 * runs in our place gets them back.
 */
import { constants } from 'node:os';
import {
  Block,
  kernel,
  setDisposition,
  step,
  tryCall,
  type Program,
  type Step,
} from '../native/index.js';

const VARIABLE = 'NSKIT_CALLER';
const RLIMIT_NOFILE = 7;

/** Node itself ignores SIGPIPE, and SIGXFSZ; nobody who runs a program wants that. */
const NODE_IGNORES = [constants.signals.SIGPIPE, constants.signals.SIGXFSZ];

export interface Caller {
  readonly ignoredSignals: readonly number[];
  /** Undefined: leave the limit as it is. */
  readonly softFileLimit: number | undefined;
  /** Open since before us, from 3 on. */
  readonly files: readonly number[];
}

export function parseCaller(text: string | undefined): Caller {
  const match = /^(\d+):(\d+)(?::(\d+(?:,\d+)*))?$/.exec(text ?? '');
  if (match === null) return { ignoredSignals: [], softFileLimit: undefined, files: [] };
  const mask = BigInt(match[1] ?? 0);
  const ignoredSignals = Array.from({ length: 31 }, (_, i) => i + 1).filter(
    (signal) => (mask >> BigInt(signal - 1)) & 1n,
  );
  const files = (match[3]?.split(',') ?? []).map(Number);
  return { ignoredSignals, softFileLimit: Number(match[2]), files };
}

/** What whoever started this process had set. */
export function callerOfProcess(): Caller {
  return parseCaller(process.env[VARIABLE]);
}

/** For children of this Node: they get those descriptors too, and not our note of them. */
export function passOnCallersFiles(): void {
  for (const fd of callerOfProcess().files) tryCall('fcntl', fd, kernel.F_SETFD, 0);
  Reflect.deleteProperty(process.env, VARIABLE);
}

/** The environment without our own note. */
export function callersEnvironmentTexts(env: NodeJS.ProcessEnv = process.env): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value === undefined || name === VARIABLE ? [] : [`${name}=${value}`],
  );
}

/** Steps that give a program its caller's dispositions and limit back. */
export function restoreCaller(caller: Caller = callerOfProcess()): Program {
  const { ignoredSignals, softFileLimit } = caller;
  const limit = softFileLimit === undefined ? [] : [restoreFileLimit(softFileLimit)];
  return [
    ...NODE_IGNORES.filter((signal) => !ignoredSignals.includes(signal)).map((signal) =>
      setDisposition(signal, 'default'),
    ),
    ...ignoredSignals.map((signal) => setDisposition(signal, 'ignore')),
    ...limit,
  ];
}

/** The hard limit stays: Node raised only the soft one, up to it. */
function restoreFileLimit(soft: number): Step {
  const limits = new BigUint64Array(2);
  tryCall('prlimit64', 0, RLIMIT_NOFILE, 0, limits);
  const hard = limits[1] ?? 0n;
  const wanted = BigInt(soft);
  const words = BigUint64Array.of(wanted < hard ? wanted : hard, hard);
  const block = new Block(new Uint8Array(words.buffer));
  return step('restore the limit of open files', 'prlimit64', [0, RLIMIT_NOFILE, block, 0]);
}
