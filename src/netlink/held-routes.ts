/**
 * The routes of a namespace through a netlink socket that somebody opened inside: whoever holds it
 * enters nothing.
 */
import { Conversation } from './conversation.js';
import { Routes } from './routes.js';
import { NetlinkSocket } from './transport.js';

export class HeldRoutes implements Disposable {
  readonly routes: Routes;
  readonly #conversation: Conversation;

  /** The descriptor stays its owner's, who closes it after this. */
  constructor(fd: number) {
    const socket = new NetlinkSocket(fd);
    this.#conversation = new Conversation({
      send: (bytes) => socket.send(bytes),
      receive: () => socket.receive(),
      watch: (onReadable) => socket.watch(onReadable),
      [Symbol.dispose]: () => undefined,
    });
    this.routes = new Routes(this.#conversation);
  }

  [Symbol.dispose](): void {
    this.#conversation[Symbol.dispose]();
  }
}
