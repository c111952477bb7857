/** Opens what a request says, and says what kept it from that in the original's words. */
import { constants, existsSync, openSync } from 'node:fs';
import {
  FileDescriptor,
  HeldNamespaces,
  NamespaceFile,
  Namespaces,
  NskitError,
  fileOpening,
  host,
  namespaces,
  socketOpening,
  type NamespaceKind,
  type Opening,
} from '../../../index.js';
import { strerror } from '../../strerror.js';
import { reason } from '../failure.js';
import { ROOT_FLAGS, type Request } from './request.js';

/** A request that failed: the message, and the exit status is 2. */
export class RequestError extends Error {}

export interface Context {
  readonly device: string;
  /** What earlier requests have stored. */
  readonly registers: readonly (number | undefined)[];
}

export async function openRequest(request: Request, context: Context): Promise<FileDescriptor> {
  if (request.letter === 'f') return openItself(request);
  const opening = openingOf(request, context);
  if (request.namespace === undefined && !request.anonymous) {
    return await attempt(host.openAll([opening]), plain);
  }
  using place = await placeOf(request, context);
  const opened = place.openAll([opening], { joinOwner: false });
  return await attempt(opened, (error) => inNamespace(request, context, error));
}

async function attempt(
  opened: Promise<FileDescriptor[]>,
  describe: (error: unknown) => string,
): Promise<FileDescriptor> {
  try {
    const [descriptor] = await opened;
    return descriptor as FileDescriptor;
  } catch (error) {
    throw new RequestError(describe(error));
  }
}

function openItself({ namespace }: Request): FileDescriptor {
  if (typeof namespace !== 'string') throw new RequestError(plain({ errno: EBADF }));
  try {
    return new FileDescriptor(openSync(namespace, constants.O_RDONLY | constants.O_NOCTTY));
  } catch (error) {
    throw new RequestError(`open: ${reason(error)}`);
  }
}

const EINVAL = 22;
const EBADF = 9;

function plain(error: unknown): string {
  return `Failed to create file descriptor: ${reason(error)}`;
}

/** The namespace that is named, with the user namespace that is joined first. */
async function placeOf(request: Request, { registers }: Context): Promise<HeldNamespaces> {
  const { namespace, joinsOwner, anonymous } = request;
  if (namespace === undefined) return await newNetwork(undefined);
  const file = openNamespace(namespace, registers);
  if (anonymous) {
    // With -U it is the user namespace that is named, otherwise one that it owns.
    using inside = new Namespaces([joinsOwner ? mustBe(file, 'user') : takeOwner(file)]);
    return await newNetwork(inside);
  }
  if (!joinsOwner) return new HeldNamespaces(new Namespaces([file]));
  try {
    return new HeldNamespaces(new Namespaces([ownerOf(file), file]));
  } catch (error) {
    file[Symbol.dispose]();
    // Two user namespaces: the one that is named is none that a socket could be in.
    throw error instanceof NskitError ? new RequestError(`setns: ${strerror(EINVAL)}`) : error;
  }
}

function openNamespace(
  namespace: string | { readonly register: number },
  registers: Context['registers'],
): NamespaceFile {
  const path = typeof namespace === 'string' ? namespace : pathOf(registers[namespace.register]);
  // Not to wait for whoever would write, should it be a pipe.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  try {
    return new NamespaceFile(openSync(path, flags), path);
  } catch (error) {
    throw error instanceof NskitError
      ? new RequestError(`Namespace file ${path} is not NSFS_MAGIC`)
      : new RequestError(`open namespace: ${reason(error)}`);
  }
}

/** Of a descriptor in a register; an empty one, or one that is not open, is a bad one. */
function pathOf(fd = -1): string {
  const path = `/proc/self/fd/${fd}`;
  if (existsSync(path)) return path;
  throw new RequestError(`open namespace: ${strerror(EBADF)}`);
}

function ownerOf(file: NamespaceFile): NamespaceFile {
  try {
    return file.owner();
  } catch (error) {
    throw new RequestError(`NS_GET_USERNS: ${reason(error)}`);
  }
}

function takeOwner(file: NamespaceFile): NamespaceFile {
  using _ = file;
  return ownerOf(file);
}

function mustBe(file: NamespaceFile, kind: NamespaceKind): NamespaceFile {
  if (file.kind === kind) return file;
  file[Symbol.dispose]();
  throw new RequestError(`CLONE_NEWUSER: ${strerror(EINVAL)}`);
}

/** One that nobody else can enter, because it has no name. */
async function newNetwork(inside: Namespaces | undefined): Promise<HeldNamespaces> {
  try {
    using made = await namespaces.create({ kinds: ['net'], inside });
    const kinds = inside === undefined ? [] : ([['user', inside]] as const);
    const held = [...kinds, ['net', made] as const].map(([kind, from]) => copyOf(from.get(kind)));
    return new HeldNamespaces(new Namespaces(held));
  } catch (error) {
    const { step = '' } = error as { step?: string };
    const what = step.includes('user namespace') ? 'CLONE_NEWUSER' : 'setns';
    throw new RequestError(`${what}: ${reason(error)}`);
  }
}

function copyOf(file: NamespaceFile): NamespaceFile {
  return NamespaceFile.open(`/proc/self/fd/${file.fd}`, file.kind);
}

/** What failed inside, by the call that failed. */
function inNamespace({ letter, path }: Request, { device }: Context, error: unknown): string {
  const { syscall, step } = error as { syscall?: string; step?: string };
  if (error instanceof NskitError) return `setns: ${strerror(EINVAL)}`;
  switch (syscall) {
    case 'setns':
      return `${step?.includes('user') === true ? 'CLONE_NEWUSER' : 'setns'}: ${reason(error)}`;
    case 'socket':
      return `Failed to create socket: ${reason(error)}`;
    case 'openat2': {
      const what = letter === 'T' ? device : (path ?? 'root directory');
      return `Failed to open ${what} in mount namespace: ${reason(error)}`;
    }
    default:
      return plain(error);
  }
}

function openingOf(request: Request, { device, registers }: Context): Opening<FileDescriptor> {
  if (request.letter === 'T') {
    return { ...fileOpening(device, { flags: constants.O_RDWR }), needs: 'net' };
  }
  if (request.letter === 'n') return socketOf(request);
  const { path = '/', saysHow, flags, mode, resolve, at } = request;
  return fileOpening(path, {
    ...{ flags: saysHow ? flags : ROOT_FLAGS, mode, resolve },
    at: typeof at === 'object' ? (registers[at.register] ?? -1) : at,
  });
}

function socketOf(request: Request): Opening<FileDescriptor> {
  const { domain, type, protocol, nonBlocking, options, bind, scope, backlog } = request;
  const opening = socketOpening({
    ...{ domain, type, protocol, nonBlocking, options, bind, scope },
    backlog: backlog === 0 ? undefined : backlog,
  });
  // Whatever the family is: its address is not needed.
  return { ...opening, finish: (descriptor) => descriptor };
}
