/**
 * Where descriptors are opened: the steps into some namespaces, taken by a child that shares our
 * files, opens and exits. What it opened stays; nobody stays inside.
 *
 * Only the user, network and mount namespace matter to an open. A user namespace that is not named
 * is that of whoever owns the others, because without it the kernel refuses them (setns(2)).
 */
import { Namespaces, isRealRoot, type NamespaceFile } from '../namespaces/index.js';
import type { Program } from '../native/index.js';

export interface Inside extends Disposable {
  readonly enter: Program;
  /**
   * Of these kinds one is entered, or the caller's own is meant: anything else would be opened in
   * the wrong place without a word.
   */
  readonly holds: readonly PlaceKind[];
}

/** What the place of a descriptor depends on. */
export type PlaceKind = 'net' | 'mnt';

/** Finds the namespaces anew for each use, so that a name may come, go and come again. */
export type FindInside = () => Inside;

/** This process's own namespaces. */
export const here: FindInside = () => ({
  enter: [],
  holds: ['net', 'mnt'],
  [Symbol.dispose]: () => undefined,
});

export interface JoinOptions {
  /** Join the user namespace that owns the others when none is given; by default true. */
  readonly joinOwner?: boolean;
}

/** The handle stays its owner's. */
export function insideOf(held: Namespaces, { joinOwner = true }: JoinOptions = {}): Inside {
  const kinds = held.kinds.filter((kind): kind is PlaceKind => kind === 'net' || kind === 'mnt');
  const files = kinds.map((kind) => held.get(kind));
  // Root has every right already; entering a user's namespace would change its credentials, and in
  // memory shared with us that marks this process as not to be dumped: /proc/self would be lost.
  const user = isRealRoot() ? undefined : userOf(held, files, joinOwner);
  const joined = new Namespaces(user === undefined ? files : [user, ...files]);
  return {
    enter: joined.way().enter,
    holds: kinds,
    [Symbol.dispose]: () => {
      if (!held.kinds.includes('user')) user?.[Symbol.dispose]();
    },
  };
}

function userOf(
  held: Namespaces,
  [first]: readonly NamespaceFile[],
  joinOwner: boolean,
): NamespaceFile | undefined {
  if (held.kinds.includes('user')) return held.get('user');
  if (!joinOwner || first === undefined) return undefined;
  try {
    return first.owner();
  } catch {
    // An owner outside our own user namespace; what the join says then is the better error.
    return undefined;
  }
}
