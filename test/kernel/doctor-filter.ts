/** Runs a program under a seccomp filter, as container engines and systemd do (seccomp(2)). */
import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Block,
  execute,
  kernel,
  open,
  runProgram,
  step,
  tryCall,
  type Step,
} from '../../src/native/index.js';

/** struct sock_filter: code, jt, jf, k. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];
export type Filter = readonly Instruction[];

const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_SET = 0x45;
const RETURN = 0x06;
/** Offsets in struct seccomp_data. */
const NUMBER_AT = 0;
const FIRST_ARGUMENT_AT = 16;

export const ALLOW: Instruction = [RETURN, 0, 0, 0x7fff_0000];

export function onCall(number: number, action: number): Filter {
  return [
    [LOAD_WORD, 0, 0, NUMBER_AT],
    [JUMP_IF_EQUAL, 0, 1, number],
    [RETURN, 0, 0, action],
  ];
}

/** Only when the first argument has this flag. */
export function onFlag(number: number, flag: number, action: number): Filter {
  return [
    [LOAD_WORD, 0, 0, NUMBER_AT],
    [JUMP_IF_EQUAL, 0, 3, number],
    [LOAD_WORD, 0, 0, FIRST_ARGUMENT_AT],
    [JUMP_IF_SET, 0, 1, flag],
    [RETURN, 0, 0, action],
  ];
}

const SECCOMP_SET_MODE_FILTER = 1;

function installFilter(filter: Filter): Step[] {
  const code = new DataView(new ArrayBuffer(8 * filter.length));
  filter.forEach(([operation, jt, jf, k], i) => {
    code.setUint16(8 * i, operation, true);
    code.setUint8(8 * i + 2, jt);
    code.setUint8(8 * i + 3, jf);
    code.setUint32(8 * i + 4, k, true);
  });
  const head = new Uint8Array(16);
  new DataView(head.buffer).setUint16(0, filter.length, true);
  const program = new Block(head, [{ at: 8, target: new Block(new Uint8Array(code.buffer)) }]);
  return [
    step('give up new privileges', 'prctl', [kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]),
    step('install the filter', 'seccomp', [SECCOMP_SET_MODE_FILTER, 0, program]),
  ];
}

function redirect(fd: number, path: string): Step[] {
  const flags = fd === 0 ? kernel.O_RDONLY : kernel.O_WRONLY | kernel.O_CREAT | kernel.O_TRUNC;
  const file = open(`open ${path}`, path, { flags, mode: 0o600 });
  return [file, step(`make it fd ${fd}`, 'dup3', [file, fd, 0])];
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for its end; what it writes passes through files in the folder. */
export function runFiltered(argv: readonly string[], filter: Filter, folder: string): Ended {
  const [stdout, stderr] = [join(folder, 'stdout'), join(folder, 'stderr')];
  const env = Object.entries(process.env).map(([name, value = '']) => `${name}=${value}`);
  const { child } = runProgram(
    [
      ...redirect(0, '/dev/null'),
      ...redirect(1, stdout),
      ...redirect(2, stderr),
      ...installFilter(filter),
      execute(argv, env),
    ],
    { in: 'fork', starts: true },
  );
  const status = waitFor(child?.pidfd ?? -1);
  return { status, stdout: readFileSync(stdout, 'utf8'), stderr: readFileSync(stderr, 'utf8') };
}

/** siginfo's si_status is its seventh word. */
function waitFor(pidfd: number): number {
  const info = new Int32Array(32);
  tryCall('waitid', kernel.P_PIDFD, pidfd, info, kernel.WEXITED, 0);
  closeSync(pidfd);
  return info[6] ?? -1;
}
