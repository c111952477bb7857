/** Starts the real command, and the real unshare and nsenter beside it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

function repository(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export const nskitPath = join(repository(), 'bin/nskit');

export interface RunSettings {
  readonly input?: string;
  /** Instead of our own environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `nskit ARGS`, to its end. */
export function nskit(args: readonly string[], settings: RunSettings = {}): Ended {
  return run(nskitPath, args, settings);
}

/** Any other program, to its end. */
export function run(file: string, args: readonly string[], settings: RunSettings = {}): Ended {
  const limits = { encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr, error } = spawnSync(file, args, { ...settings, ...limits });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** A process that has said its first line and lives on until it is disposed of. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly firstLine: string;
  /** What it says next; undefined at the end of its output. */
  nextLine(): Promise<string | undefined>;
  /** Its exit code or the name of the signal that ended it. */
  readonly end: Promise<number | string>;
}

/** Starts a program that prints a line when it is ready. Its input stays open. */
export async function start(file: string, args: readonly string[]): Promise<Running> {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const end = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string | undefined> => {
    const line = await lines.next();
    return line.done === true ? undefined : line.value;
  };
  const firstLine = await nextLine();
  const { pid } = child;
  if (pid === undefined || firstLine === undefined) throw new Error(`${file} ended early`);
  return {
    pid,
    firstLine,
    nextLine,
    end,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      child.kill('SIGKILL');
      await end;
    },
  };
}

/** A shell script that says "ready" and then waits until its input ends. */
export const waiting = ['sh', '-c', 'echo ready; read line'] as const;
