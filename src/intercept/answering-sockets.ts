/**
 * Sockets inside that answer for somebody else: bound to a destination that is none of ours
 * (IP_TRANSPARENT), connected to the program that sends there. So the kernel brings them all that it
 * sends from then on.
 */
import { call } from '../native/index.js';
import { SocketPool, type FileDescriptor, type FindInside } from '../sockets/index.js';
import { emitSocketAddress } from '../wire/index.js';
import * as k from './constants.js';
import { familyOf, type Ends } from './ends.js';

const transparent = {
  inet: [k.IPPROTO_IP, k.IP_TRANSPARENT],
  inet6: [k.IPPROTO_IPV6, k.IPV6_TRANSPARENT],
} as const;

const ON = Int32Array.of(1);

export class AnsweringSockets implements Disposable {
  readonly #pool: SocketPool;

  constructor(find: FindInside) {
    this.#pool = new SocketPool(find);
  }

  async make(ends: Ends): Promise<FileDescriptor> {
    const domain = familyOf(ends);
    const request = { domain, type: 'dgram', protocol: 'udp', nonBlocking: true } as const;
    const socket = await this.#pool.make(request);
    try {
      answerFor(socket.fd, ends);
      return socket;
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }
}

function answerFor(fd: number, ends: Ends): void {
  const family = familyOf(ends);
  const what = { step: `answer for ${ends.destination.address}` };
  const [level, name] = transparent[family];
  call(what, 'setsockopt', fd, level, name, ON, ON.byteLength);
  // Several programs may talk to one destination.
  call(what, 'setsockopt', fd, k.SOL_SOCKET, k.SO_REUSEADDR, ON, ON.byteLength);
  const own = emitSocketAddress({ family, ...ends.destination });
  call(what, 'bind', fd, own, own.length);
  const other = emitSocketAddress({ family, ...ends.source });
  call(what, 'connect', fd, other, other.length);
}
