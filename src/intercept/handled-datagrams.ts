/** A UDP flow that is answered by this program: datagrams come as events and are sent by a method. */
import { EventEmitter } from 'node:events';
import type { InterceptedDatagrams } from './flow.js';

export class HandledDatagrams
  extends EventEmitter<{ message: [Uint8Array]; close: [] }>
  implements InterceptedDatagrams
{
  readonly #send: (datagram: Uint8Array) => void;
  readonly #end: () => void;
  #isOpen = true;

  constructor(send: (datagram: Uint8Array) => void, end: () => void) {
    super();
    this.#send = send;
    this.#end = end;
  }

  send(datagram: Uint8Array): void {
    if (this.#isOpen) this.#send(datagram);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end();
    this.emit('close');
  }
}
