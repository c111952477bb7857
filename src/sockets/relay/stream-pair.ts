/**
 * A relayed connection: a client's socket, a target's, and the two directions between them. Each
 * direction ends by itself (half-close); a connection that broke on one side is reset on the other.
 */
import * as so from '../constants.js';
import { Direction, type Passage } from './direction.js';
import { setStreamOptions } from '../stream-calls.js';
import type { Turns } from './turns.js';
import type { WatchedSocket } from '../watched-socket.js';

/** What all connections of a relay share. */
export interface Passages {
  readonly toTarget: Passage;
  readonly toClient: Passage;
  readonly turns: Turns;
}

export class StreamPair {
  readonly #sockets: readonly WatchedSocket[];
  readonly #forth: Direction;
  readonly #back: Direction;
  readonly #turns: Turns;
  #isOpen = true;
  onEnd: () => void = () => undefined;

  /** Takes the two sockets over. */
  constructor(client: WatchedSocket, target: WatchedSocket, passages: Passages) {
    this.#sockets = [client, target];
    this.#turns = passages.turns;
    this.#forth = new Direction(client.fd, target.fd, passages.toTarget);
    this.#back = new Direction(target.fd, client.fd, passages.toClient);
    for (const { fd } of this.#sockets) setStreamOptions(fd);
    client.onReady = (events) => this.#onReady(this.#forth, this.#back, events);
    target.onReady = (events) => this.#onReady(this.#back, this.#forth, events);
  }

  /** What came before we listened is not told again. */
  start(): void {
    for (const direction of [this.#forth, this.#back]) this.#move(direction);
  }

  /** Both sides see a reset. */
  cut(): void {
    this.#end(true);
  }

  /** `reading` from the socket that is ready, `writing` to it. */
  #onReady(reading: Direction, writing: Direction, events: number): void {
    // One that has more to do has its turn coming.
    if ((events & ~so.EPOLLOUT) !== 0 && reading.progress !== 'more') this.#move(reading);
    if (writing.isBlocked) this.#move(writing);
    // An error of a socket that is not read any more would never be noticed.
    if ((events & so.EPOLLERR) !== 0 && reading.isSettled) this.cut();
  }

  #move(direction: Direction): void {
    if (!this.#isOpen) return;
    const progress = direction.move();
    if (progress === 'waiting') return;
    if (progress === 'more') this.#turns.add(() => this.#move(direction));
    else this.#settle(direction);
  }

  #settle(direction: Direction): void {
    const other = direction === this.#forth ? this.#back : this.#forth;
    if (direction.progress === 'lost') this.#end(true);
    else if (other.isSettled)
      this.#end([direction, other].some(({ progress }) => progress !== 'ended'));
    // What the other side said before it stopped listening is still for us.
    else if (direction.progress === 'refused') this.#move(other);
  }

  #end(isBroken: boolean): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const direction of [this.#forth, this.#back]) direction[Symbol.dispose]();
    for (const socket of this.#sockets) {
      if (isBroken) socket.reset();
      else socket.close();
    }
    this.onEnd();
  }
}
