/** One program in fresh namespaces, of which nothing is left when it ends. */
import {
  callerOfProcess,
  endProcess,
  inForeground,
  spawn,
  spawnAsync,
  type ChildExit,
  type SpawnOptions,
} from '../namespaces/index.js';
import { dieWithParent } from '../native/index.js';
import { makeRoom, type RoomOptions } from './room.js';

export interface RunOptions extends RoomOptions, SpawnOptions {}

/**
 * Runs a program and waits for its end; its streams are ours unless told otherwise. Whatever it
 * leaves running is killed with its pid namespace.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<ChildExit> {
  await using room = await makeRoom(options);
  const { stdio = 'inherit', env, cwd, signal } = options;
  const child = await spawnAsync(room.way, argv, { stdio, env, cwd, signal });
  return await child.exit;
}

export type RunInFrontOptions = RoomOptions & Pick<SpawnOptions, 'cwd'>;

/**
 * What `nskit run --uplink` does: this process stands in front of the program, passes signals on,
 * stops when it stops, and ends as it ends. The program gets what whoever started us had set.
 */
export async function runInFront(
  argv: readonly string[],
  options: RunInFrontOptions = {},
): Promise<never> {
  const status = await statusOfRun(argv, options);
  return endProcess(status);
}

async function statusOfRun(argv: readonly string[], options: RunInFrontOptions): Promise<number> {
  await using room = await makeRoom(options);
  const { view = [] } = room.way;
  // On this thread, because the signal comes when the thread that started the program ends. After
  // the mounts, because it is forgotten when a process enters a user namespace.
  const way = { ...room.way, view: [...view, dieWithParent()], caller: callerOfProcess() };
  return await inForeground(() => spawn(way, argv, { stdio: 'inherit', cwd: options.cwd }));
}
