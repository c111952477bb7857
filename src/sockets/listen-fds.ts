/**
 * systemd's protocol for sockets handed to a program (sd_listen_fds(3)): they begin at 3, LISTEN_FDS
 * says how many, LISTEN_FDNAMES what they are called, LISTEN_PID whom they are meant for.
 */
import { call, tryCall } from '../native/index.js';
import type { SocketAddress } from '../wire/index.js';
import { SOL_SOCKET, SO_ACCEPTCONN } from './constants.js';
import { FileDescriptor } from './descriptor.js';
import { usage } from './errors.js';
import { adoptListener, type Listener } from './listener.js';
import { setInherited } from './passing.js';
import { socketName } from './socket-names.js';

/** SD_LISTEN_FDS_START. */
export const FIRST_LISTEN_FD = 3;

const variables = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'] as const;

export interface ReceivedSocket {
  /** From LISTEN_FDNAMES; `unknown` when it says nothing, as systemd has it. */
  readonly name: string;
  readonly descriptor: FileDescriptor;
  /** For what is not a socket: undefined. */
  readonly address: SocketAddress | undefined;
  /** For `server.listen`; throws when it does not listen. Takes the descriptor over. */
  listener(backlog?: number): Listener;
}

export interface ReceiveListenOptions {
  /** Our environment when not said. */
  readonly env?: NodeJS.ProcessEnv;
  /** Leave the variables for programs that we start, to whom they do not apply; by default false. */
  readonly keepVariables?: boolean;
}

/** What was handed to this process; nothing when it is not meant for us. Call it once. */
export function receivedSockets(options: ReceiveListenOptions = {}): ReceivedSocket[] {
  const { env = process.env, keepVariables = false } = options;
  const { LISTEN_PID: pid, LISTEN_FDS: count = '', LISTEN_FDNAMES: names = '' } = env;
  if (!keepVariables) for (const name of variables) Reflect.deleteProperty(env, name);
  if (pid !== String(process.pid) || !/^\d{1,5}$/.test(count)) return [];
  const called = names === '' ? [] : names.split(':');
  return Array.from({ length: Number(count) }, (_, i) => {
    const fd = FIRST_LISTEN_FD + i;
    // They arrive open for every program that we would start.
    setInherited(fd, false);
    return received(new FileDescriptor(fd), called[i] ?? 'unknown');
  });
}

function received(descriptor: FileDescriptor, name: string): ReceivedSocket {
  const address = socketName(descriptor.fd);
  return {
    name,
    descriptor,
    address,
    listener: (backlog) => {
      const { fd } = descriptor;
      const value = new Int32Array(1);
      const size = Uint32Array.of(4);
      const answer = tryCall('getsockopt', fd, SOL_SOCKET, SO_ACCEPTCONN, value, size);
      if (address === undefined || answer < 0 || value[0] !== 1) {
        throw usage(`${name} (fd ${fd}) is not a socket that listens`);
      }
      if (backlog !== undefined)
        call({ step: `set the backlog of ${name}` }, 'listen', fd, backlog);
      return adoptListener(new FileDescriptor(descriptor.release()), address, backlog);
    },
  };
}

/** The variables for a program, but for LISTEN_PID, which only the program's process knows. */
export function listenVariables(names: readonly string[]): string[] {
  for (const name of names) {
    if (/^[ -9;-~]{0,255}$/.test(name)) continue;
    throw usage(
      `${JSON.stringify(name)} is no name for a socket`,
      'at most 255 printable ASCII characters, and no ":" (sd_listen_fds(3))',
    );
  }
  return [`LISTEN_FDS=${names.length}`, `LISTEN_FDNAMES=${names.join(':')}`];
}

export function withoutListenVariables(texts: readonly string[]): string[] {
  return texts.filter((text) => !variables.some((name) => text.startsWith(`${name}=`)));
}
