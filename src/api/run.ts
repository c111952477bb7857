/** One program in fresh namespaces, of which nothing is left when it ends. */
import {
  createNamespaces,
  spawnAsync,
  viewOf,
  type ChildExit,
  type NamespaceKind,
  type SpawnOptions,
} from '../namespaces/index.js';

export interface RunOptions extends SpawnOptions {
  /** By default user, network and pid; the program always gets mounts of its own. */
  readonly kinds?: readonly NamespaceKind[];
}

/**
 * Runs a program and waits for its end; its streams are ours unless told otherwise. Whatever it
 * leaves running is killed with its pid namespace.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<ChildExit> {
  const { kinds = ['user', 'net', 'pid'] as const, ...spawnOptions } = options;
  await using fresh = await createNamespaces({ kinds });
  const view = kinds.includes('net') ? viewOf({ pid: kinds.includes('pid') }) : {};
  const way = { ...fresh.way(), ...view };
  const child = await spawnAsync(way, argv, { stdio: 'inherit', ...spawnOptions });
  return await child.exit;
}
