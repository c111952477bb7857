/**
 * What the uplink process gives up: capabilities, new privileges, files, and system calls. In two
 * parts, because some of it can only be done before there are threads, and some only when all is set
 * up. Landlock binds a thread and what it starts: put in place in a running Node, it would leave the
 * threads of its pool as they are.
 */
import { readFileSync } from 'node:fs';
import { NskitError } from '../../errors/index.js';
import {
  expectEqual,
  giveUpPrivileges,
  installSeccomp,
  kernel,
  runProgram,
  type Program,
} from '../../native/index.js';
import { noCapabilities } from '../privileges/index.js';
import type { StateDirectory } from '../state-directory.js';
import { restrictFiles } from './allowed-files.js';
import { refusedCalls } from './refused-calls.js';

/** Steps of the process itself, right before it executes the launcher and becomes Node. */
export function restrictBeforeStart(state: StateDirectory): Program {
  return [
    ...noCapabilities(),
    giveUpPrivileges(),
    ...restrictFiles(state),
    installSeccomp('refuse what is never needed', refusedCalls({ starting: true })),
  ];
}

/**
 * Of every thread of this process, for good: no program, no process, no Unix socket from now on.
 * Throws ERR_UPLINK_PROCESS when it has capabilities.
 */
export function restrictForGood(): void {
  checkCapabilities();
  const sentence = 'refuse what is needed no more';
  const filter = refusedCalls({ starting: false });
  const install = installSeccomp(sentence, filter, kernel.SECCOMP_FILTER_FLAG_TSYNC);
  // Else it answers with a thread that could not be brought to it.
  const everyThread = expectEqual(sentence, install, 0, 'ESRCH');
  runProgram([giveUpPrivileges(), install, everyThread], { in: 'here' });
}

function checkCapabilities(): void {
  const status = readFileSync('/proc/self/status', 'utf8');
  const held = [...status.matchAll(/^Cap(?:Eff|Prm|Inh|Amb):\t(\w+)$/gm)];
  if (held.length === 4 && held.every(([, bits]) => /^0+$/.test(bits ?? ''))) return;
  throw new NskitError('ERR_UPLINK_PROCESS', 'the uplink process must not have capabilities');
}
