/** What can stand for a network namespace, and the way into it. */
import { NamespaceFile, Namespaces, isRefusal } from '../namespaces/index.js';
import { jump, kernel, label, orElse, setns, type Program } from '../native/index.js';

/** A handle, a process, a file; or whatever can open its own network namespace, as names do. */
export type NetworkTarget =
  | NamespaceFile
  | Namespaces
  | { openNetwork(): NamespaceFile }
  | { readonly pid: number }
  | { readonly path: string };

/** An open network namespace. What was opened for the occasion is closed when disposed. */
export interface OpenNetwork extends Disposable {
  readonly file: NamespaceFile;
}

export function openTarget(target: NetworkTarget): OpenNetwork {
  if (target instanceof NamespaceFile) return borrowed(target);
  if (target instanceof Namespaces) return borrowed(target.get('net'));
  if ('openNetwork' in target) return owned(target.openNetwork());
  if ('path' in target) return owned(NamespaceFile.open(target.path, 'net'));
  return owned(NamespaceFile.ofProcess(target.pid, 'net'));
}

function borrowed(file: NamespaceFile): OpenNetwork {
  return { file, [Symbol.dispose]: () => undefined };
}

function owned(file: NamespaceFile): OpenNetwork {
  return {
    file,
    [Symbol.dispose]: () => {
      file[Symbol.dispose]();
    },
  };
}

/** The namespaces to join first, held open while the program runs. */
export interface WayIn extends Disposable {
  readonly enter: Program;
}

/**
 * Steps into a network namespace, with rights over as much as possible: a socket keeps those of
 * whoever opened it, and both ends of a veth pair must lie within them. Who may enter directly
 * (root of the machine, or of the base) keeps the rights it has. Anybody else joins a user
 * namespace first: not the owner but the outermost around it, because that one also owns the
 * siblings.
 */
export function wayIn(network: NamespaceFile): WayIn {
  if (isOwn(network)) return { enter: [], [Symbol.dispose]: () => undefined };
  const user = outermostUser(network);
  const join = setns('join the network namespace', network.fd, kernel.CLONE_NEWNET);
  return {
    enter: user === undefined ? [join] : throughUser(network, user),
    [Symbol.dispose]: () => user?.[Symbol.dispose](),
  };
}

function throughUser(network: NamespaceFile, user: NamespaceFile): Program {
  const refused = label('without the right to enter directly');
  const inside = label('inside');
  const direct = setns('join the network namespace', network.fd, kernel.CLONE_NEWNET);
  return [
    orElse(direct, refused, 'EPERM'),
    jump(inside),
    refused,
    setns('join the user namespace that owns the network', user.fd, kernel.CLONE_NEWUSER),
    setns('join the network namespace', network.fd, kernel.CLONE_NEWNET),
    inside,
  ];
}

function isOwn(network: NamespaceFile): boolean {
  using own = NamespaceFile.ofProcess('self', 'net');
  return own.id === network.id;
}

/** Undefined when the owner is our own user namespace, or one outside it. */
function outermostUser(network: NamespaceFile): NamespaceFile | undefined {
  using own = NamespaceFile.ofProcess('self', 'user');
  let user = unlessRefused(() => network.owner());
  if (user?.id === own.id) {
    user[Symbol.dispose]();
    return undefined;
  }
  while (user !== undefined) {
    const inner: NamespaceFile = user;
    const parent = unlessRefused(() => inner.parent());
    if (parent === undefined || parent.id === own.id) {
      parent?.[Symbol.dispose]();
      return user;
    }
    inner[Symbol.dispose]();
    user = parent;
  }
  return undefined;
}

function unlessRefused<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
