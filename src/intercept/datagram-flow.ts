/** One UDP flow: what the program inside sends, and what it gets for an answer. */
import { errnoCode } from '../native/index.js';
import { ConnectedDatagrams } from '../sockets/index.js';
import type { AnsweringSockets } from './answering-sockets.js';
import type { Deciding } from './deciding.js';
import { familyOf, type Ends } from './ends.js';
import { InterceptedFlow, type InterceptTarget, type InterceptedDatagrams } from './flow.js';
import { HandledDatagrams } from './handled-datagrams.js';
import { refusalOf, refusalOfError, unreachable, type Refusal } from './refusal.js';

export interface DatagramFlowParts {
  readonly ends: Ends;
  readonly answering: AnsweringSockets;
  readonly deciding: Deciding;
  /** For one datagram at a time. */
  readonly buffer: Uint8Array;
  /** It is not idle. */
  readonly onUse: () => void;
  readonly onRefusal: (refusal: Refusal) => void;
  /** The handler has closed it. */
  readonly onEnd: () => void;
}

/** Datagrams kept until it is known where they go. */
const QUEUE = 16;

/** Whom the program's datagrams go to. */
interface Listening extends Disposable {
  send(datagram: Uint8Array): void;
}

export class DatagramFlow implements Disposable {
  readonly flow: InterceptedFlow;
  readonly #parts: DatagramFlowParts;
  readonly #queue: Uint8Array[] = [];
  /** What is sent here goes to the program. */
  #program: ConnectedDatagrams | undefined;
  #listening: Listening | undefined;
  #isOpen = true;

  constructor(parts: DatagramFlowParts) {
    this.#parts = parts;
    this.flow = new InterceptedFlow('udp', parts.ends);
  }

  /** Of the program's. */
  send(datagram: Uint8Array): void {
    if (this.#program !== undefined) this.#listening?.send(datagram);
    else if (this.#queue.length < QUEUE) this.#queue.push(datagram.slice());
  }

  /** Whether it goes on. Rejects when it cannot be connected on. */
  async start(): Promise<boolean> {
    const listening = await this.#decide();
    if (typeof listening === 'object' && 'send' in listening) {
      await this.#begin(listening);
      return this.#isOpen;
    }
    this.#parts.onRefusal(listening);
    return false;
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
    this.#program?.[Symbol.dispose]();
    this.#listening?.[Symbol.dispose]();
  }

  async #decide(): Promise<Listening | Refusal> {
    const { deciding, ends } = this.#parts;
    const family = familyOf(ends);
    const verdict = await deciding.ask(this.flow);
    switch (verdict?.verdict) {
      case 'connect':
        return await this.#connect(verdict.to);
      case 'handleDatagrams':
        return this.#handle(verdict.handler);
      case 'refuse':
        return refusalOf(verdict.refusal, family);
      case undefined:
        return unreachable(family, 'host');
      case 'handle':
      case 'take':
        return 'reset';
    }
  }

  async #connect(to: InterceptTarget): Promise<Listening> {
    const { deciding, ends, buffer, onUse, onRefusal } = this.#parts;
    const socket = await deciding.upstream.connectDatagrams(ends.destination, to);
    return new ConnectedDatagrams(socket, {
      buffer,
      onDatagram: (length) => {
        onUse();
        this.#program?.send(buffer.subarray(0, length));
      },
      onError: (answer) => {
        onRefusal(refusalOfError({ code: errnoCode(-answer) }, familyOf(ends)));
      },
    });
  }

  #handle(handler: (datagrams: InterceptedDatagrams) => void): Listening {
    const { deciding, onEnd } = this.#parts;
    const datagrams = new HandledDatagrams((datagram) => this.#program?.send(datagram), onEnd);
    try {
      handler(datagrams);
    } catch (error) {
      deciding.report(error, this.flow);
    }
    return {
      send: (datagram) => {
        datagrams.emit('message', datagram.slice());
      },
      [Symbol.dispose]: () => {
        datagrams.close();
      },
    };
  }

  /** Only now is there anything to be seen inside. */
  async #begin(listening: Listening): Promise<void> {
    const { answering, ends, buffer, onUse } = this.#parts;
    this.#listening = listening;
    this.#program = new ConnectedDatagrams(await answering.make(ends), {
      buffer,
      onDatagram: (length) => {
        onUse();
        listening.send(buffer.subarray(0, length));
      },
    });
    for (const datagram of this.#queue.splice(0)) listening.send(datagram);
    // Over before it began.
    if (!this.#isOpen) this[Symbol.dispose]();
  }
}
