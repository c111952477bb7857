/**
 * One message to a server by UDP, from a socket that is made for it and connected to the server: the
 * kernel chooses a port by chance, lets nothing in from anywhere else, and tells when nobody listens.
 */
import { SyscallError } from '../../errors/index.js';
import { tryCall, watch, type Watch } from '../../native/index.js';
import type { Asked, AttemptEvents } from '../../stack/index.js';
import { AF_INET, AF_INET6, emitSocketAddress, type SocketAddress } from '../../wire/index.js';
import { IPPROTO_UDP, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_DGRAM } from '../constants.js';
import { EAGAIN, close, connect, openSocket } from '../socket-calls.js';

const FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL;

/** No datagram is longer. Used by one socket after the other. */
const arrived = new Uint8Array(0x1_0000);

/** Undefined: it cannot be sent from here, now. */
export function askByUdp(
  server: SocketAddress,
  message: Uint8Array,
  events: AttemptEvents,
): Asked | undefined {
  const fd = openConnected(server);
  if (fd < 0) return undefined;
  try {
    const sent = tryCall('sendto', fd, message, message.length, FLAGS, 0, 0);
    if (sent === message.length) return new UdpAttempt(fd, events);
  } catch (error) {
    // It cannot be watched: no memory, or too many watches of this user (epoll_ctl(2)).
    if (!(error instanceof SyscallError)) throw error;
  }
  close(fd);
  return undefined;
}

function openConnected(server: SocketAddress): number {
  const domain = server.family === 'inet' ? AF_INET : AF_INET6;
  const fd = openSocket(domain, SOCK_DGRAM, IPPROTO_UDP);
  if (fd < 0) return fd;
  const answer = connect(fd, emitSocketAddress(server));
  if (answer < 0) close(fd);
  return answer < 0 ? answer : fd;
}

class UdpAttempt implements Asked {
  readonly #events: AttemptEvents;
  readonly #watch: Watch;
  #fd: number;

  constructor(fd: number, events: AttemptEvents) {
    this.#fd = fd;
    this.#events = events;
    this.#watch = watch(fd, () => this.#onReady());
  }

  cancel(): void {
    if (this.#fd < 0) return;
    this.#watch[Symbol.dispose]();
    close(this.#fd);
    this.#fd = -1;
  }

  /** Any of what arrives may end the attempt, and close the socket. */
  #onReady(): void {
    while (this.#fd >= 0) {
      const length = tryCall('recvfrom', this.#fd, arrived, arrived.length, FLAGS, 0, 0);
      if (length === EAGAIN) return;
      const now = performance.now();
      if (length < 0) this.#events.failed(now);
      else this.#events.answered(arrived.slice(0, length), now);
    }
  }
}
