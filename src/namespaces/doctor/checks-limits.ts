/** Limits of this process, and the place where names are kept. */
import { tryCall } from '../../native/index.js';
import { callerOfProcess } from '../caller.js';
import type { Check, Finding } from './check.js';
import { stateFinding } from './state.js';

const RLIMIT_NOFILE = 7;
const FLOWS = 10_000;
/** Beside one socket a flow: taps, listeners, Node's own. */
const RESERVE = 200;

export function limitChecks(): Check[] {
  return [
    {
      id: 'open-files',
      title: 'open files',
      group: 'limits',
      run: () => Promise.resolve(openFiles(fileLimits())),
    },
    {
      id: 'state-directory',
      title: 'state directory',
      group: 'limits',
      run: () => Promise.resolve(stateFinding()),
    },
  ];
}

export interface FileLimits {
  readonly soft: number;
  readonly hard: number;
}

/** The soft limit is the caller's, before Node raised its own to the hard one. */
function fileLimits(): FileLimits {
  const limits = new BigUint64Array(2);
  tryCall('prlimit64', 0, RLIMIT_NOFILE, 0, limits);
  const { softFileLimit } = callerOfProcess();
  return { soft: softFileLimit ?? Number(limits[0]), hard: Number(limits[1]) };
}

/** Only the hard limit counts: Node raises the soft one to it. */
export function openFiles({ soft, hard }: FileLimits): Finding {
  const detail = `soft ${shown(soft)}, hard ${shown(hard)}`;
  const needed = FLOWS + RESERVE;
  if (hard >= needed) return { status: 'works', detail: `${detail}: enough for 10,000 flows` };
  const flows = Math.max(0, hard - RESERVE);
  return {
    status: 'degraded',
    detail,
    blocker: `10,000 flows of an uplink need ${needed} (ulimit -Hn)`,
    fix: 'sudo prlimit --pid $$ --nofile=65536:65536   (for good: "* hard nofile 65536" in /etc/security/limits.d/nskit.conf)',
    fallback: `about ${flows} flows at a time`,
  };
}

/** RLIM_INFINITY is all ones. */
function shown(limit: number): string {
  return limit > Number.MAX_SAFE_INTEGER ? 'unlimited' : String(limit);
}
