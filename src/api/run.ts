/** One program in fresh namespaces, of which nothing is left when it ends. */
import {
  createNamespaces,
  freshProc,
  privateMounts,
  spawnAsync,
  viewOf,
  type ChildExit,
  type NamespaceKind,
  type SpawnOptions,
  type Way,
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
  const way = { ...fresh.way(), ...viewFor(kinds) };
  const child = await spawnAsync(way, argv, { stdio: 'inherit', ...spawnOptions });
  return await child.exit;
}

/** Mounts of its own; without a network namespace the host's /sys is the right one. */
function viewFor(kinds: readonly NamespaceKind[]): Pick<Way, 'view' | 'aside'> {
  const pid = kinds.includes('pid');
  if (kinds.includes('net')) return viewOf({ pid });
  return { view: [...privateMounts(), ...(pid ? freshProc() : [])] };
}
