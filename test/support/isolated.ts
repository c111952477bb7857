/** A plain and an isolated name side by side, and probes: a system call, and what came of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  addName,
  deleteName,
  processesOf,
  resolveName,
  stateDirectory,
} from '../../src/namespaces/index.js';
import { nskitPath, run, type Ended } from './nskit.js';

export interface Scene extends AsyncDisposable {
  /** The runtime directory, which the state directory is in. */
  readonly runtime: string;
  readonly state: string;
  /** Folders with mode 0777 that hold a file with mode 0666; shown as /open and /closed. */
  readonly writable: string;
  readonly readOnly: string;
  /** The user's own, in the home and in /tmp. */
  readonly home: string;
  readonly temporary: string;
}

/** A runtime directory of its own, with the names `plain` and `iso`. */
export async function scene(): Promise<Scene> {
  const runtime = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? '/tmp', 'isolated-'));
  process.env['XDG_RUNTIME_DIR'] = runtime;
  const home = mkdtempSync(join(homedir(), 'isolated-'));
  const temporary = mkdtempSync('/tmp/isolated-');
  const [writable, readOnly] = ['writable', 'read-only'].map((name) => {
    const folder = join(home, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), 'before\n');
    chmodSync(join(folder, 'file'), 0o666);
    chmodSync(folder, 0o777);
    return folder;
  }) as [string, string];
  await addName('plain');
  const binds = [
    { source: writable, target: '/open', writable: true },
    { source: readOnly, target: '/closed' },
  ];
  await addName('iso', { isolated: true, binds });
  return {
    ...{ runtime, state: stateDirectory().path, writable, readOnly, home, temporary },
    [Symbol.asyncDispose]: async () => {
      for (const name of ['plain', 'iso']) await deleteName(name, { kill: true });
      for (const folder of [runtime, home, temporary]) rmSync(folder, { recursive: true });
    },
  };
}

const prelude = `
import ctypes, errno, fcntl, os, platform, signal, socket, sys, termios
libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == 'aarch64'
def c(name, *args):
  answer = getattr(libc, name)(*args)
  if answer < 0: raise OSError(ctypes.get_errno(), name)
  return answer
def probe(attempt):
  try: attempt()
  except OSError as error: print(errno.errorcode[error.errno])
  else: print('done')
`;

export type Where = 'plain' | 'iso' | 'host';

/** Python code that calls \`probe\`; what it printed, a word a probe. */
export function probe(where: Where, code: string, ...args: readonly (string | number)[]): string {
  const argv = ['/usr/bin/python3', '-c', prelude + code, ...args.map(String)];
  const [file = '', ...rest] = where === 'host' ? argv : [nskitPath, 'exec', where, ...argv];
  return said(run(file, rest, { cwd: '/' }));
}

/** The same with a descriptor handed over on purpose: \`open\` is Python that makes fd 0. */
export function probeWith(where: Where, open: string, code: string, pid: number): string {
  const argv = ['/usr/bin/python3', '-c', prelude + code];
  const way = where === 'host' ? argv : [nskitPath, 'exec', where, ...argv];
  const opener = `import os, sys\npid = int(sys.argv[1])\nos.dup2(${open}, 0)\n`;
  const become = 'os.execv(sys.argv[2], sys.argv[2:])';
  return said(run('/usr/bin/python3', ['-c', opener + become, String(pid), ...way], { cwd: '/' }));
}

function said({ status, stdout, stderr }: Ended): string {
  if (status !== 0) throw new Error(`the probe failed: ${stderr}`);
  return stdout.trim().split('\n').join(' ');
}

/** A program inside that waits, and the launcher that stands for it outside. */
export interface Inside {
  readonly launcher: number;
  /** As the host sees it. */
  readonly pid: number;
  /** Settles once no process holds the program's output any more. */
  readonly silence: Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
}

export async function waitInside(name: string, script = 'echo ready; read line'): Promise<Inside> {
  const before = new Set(processesOf(resolveName(name)));
  const child = spawn(nskitPath, ['exec', name, 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
  });
  await once(child.stdout, 'data');
  const pid = processesOf(resolveName(name)).find(
    (each) => !before.has(each) && each !== child.pid,
  );
  return {
    launcher: child.pid ?? 0,
    pid: pid ?? child.pid ?? 0,
    silence: once(child.stdout.resume(), 'end'),
    kill: (signal) => child.kill(signal),
  };
}
