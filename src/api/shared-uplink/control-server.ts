/** The control socket: whoever connects says one thing, and is answered. */
import { fstatSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { NskitError } from '../../errors/index.js';
import { watch } from '../../native/index.js';
import { FileDescriptor, accept, receiveDescriptors } from '../../sockets/index.js';
import type { Attachments } from './attachments.js';
import { methods } from './methods/index.js';
import { REQUEST_BYTES_MAX, REQUEST_MS_MAX, VERSION, failureOf } from './protocol.js';

export class ControlServer implements Disposable {
  readonly #listener: FileDescriptor;
  readonly #attachments: Attachments;
  readonly #watching: Disposable;
  readonly #onIdle: () => void;
  readonly #requestMs: number;
  #open = 0;

  /**
   * The listener never blocks and stays its owner's. `onIdle` hears when nobody asks any more. A client
   * has `requestMs` for its request, and as long to read the end of the answer.
   */
  constructor(
    listener: FileDescriptor,
    attachments: Attachments,
    onIdle: () => void,
    requestMs = REQUEST_MS_MAX,
  ) {
    this.#listener = listener;
    this.#attachments = attachments;
    this.#onIdle = onIdle;
    this.#requestMs = requestMs;
    this.#watching = watch(listener.fd, () => this.#acceptAll());
  }

  /** Whether somebody is being answered. */
  get isBusy(): boolean {
    return this.#open > 0;
  }

  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]();
  }

  #acceptAll(): void {
    for (let fd; (fd = accept(this.#listener.fd)) >= 0;) {
      this.#open++;
      void this.#serve(new FileDescriptor(fd)).finally(() => {
        this.#open--;
        if (this.#open === 0) this.#onIdle();
      });
    }
  }

  async #serve(client: FileDescriptor): Promise<void> {
    const received: FileDescriptor[] = [];
    try {
      const signal = AbortSignal.timeout(this.#requestMs);
      const line = await requestLine(client, received, signal);
      const socket = new Socket({ fd: client.release(), readable: true, writable: true });
      await this.#answer(socket, line, received);
    } catch {
      // It has gone, or said nothing in time: there is nobody to tell.
    } finally {
      for (const descriptor of [client, ...received]) descriptor[Symbol.dispose]();
    }
  }

  async #answer(socket: Socket, line: string, received: FileDescriptor[]): Promise<void> {
    const gone = new AbortController();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    void closed.then(() => gone.abort());
    socket.on('error', () => undefined).resume();
    const say = (answer: object): boolean => socket.write(`${JSON.stringify(answer)}\n`);
    try {
      const [user, ...descriptors] = received;
      checkUserNamespace(user);
      const words = wordsIn(line);
      const method = methodOf(words);
      const { signal } = gone;
      const said = method({ attachments: this.#attachments, words, descriptors, signal });
      if (Symbol.asyncIterator in said) {
        for await (const answer of said) if (!say(answer)) await drained(socket, closed);
      } else say(await said);
    } catch (error) {
      say(failureOf(error));
    }
    socket.end();
    // Who does not read keeps nobody waiting.
    socket.setTimeout(this.#requestMs, () => socket.destroy());
    await closed;
  }
}

async function drained(socket: Socket, closed: Promise<void>): Promise<void> {
  await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
}

/** The first line; descriptors are added to `received` as they come. */
async function requestLine(
  client: FileDescriptor,
  received: FileDescriptor[],
  signal: AbortSignal,
): Promise<string> {
  let text = Buffer.alloc(0);
  while (!text.includes('\n')) {
    const dataBytes = REQUEST_BYTES_MAX - text.length;
    if (dataBytes === 0) throw new RangeError('the request does not end');
    const { data, descriptors } = await receiveDescriptors(client.fd, { dataBytes, signal });
    received.push(...descriptors);
    if (data.length === 0) throw new RangeError('the request has no end');
    text = Buffer.concat([text, data]);
  }
  return text.toString('utf8', 0, text.indexOf('\n'));
}

/**
 * A program in a namespace of ours may have our uid and reach the socket; it cannot have a
 * descriptor of our own user namespace.
 */
function checkUserNamespace(descriptor: FileDescriptor | undefined): void {
  const own = statSync('/proc/self/ns/user');
  const its = descriptor === undefined ? undefined : fstatSync(descriptor.fd);
  if (its?.ino === own.ino && its.dev === own.dev) return;
  throw new NskitError('ERR_UPLINK_PROCESS', 'the uplink process takes no orders from here', {
    hint: 'give them from the user namespace that it was started in, not from inside another',
  });
}

function wordsIn(line: string): Record<string, unknown> {
  let words: unknown;
  try {
    words = JSON.parse(line);
  } catch {
    words = undefined;
  }
  if (typeof words === 'object' && words !== null) return words as Record<string, unknown>;
  throw new NskitError('ERR_USAGE', 'a request is one line, a JSON object');
}

function methodOf({ version, method }: Record<string, unknown>): (typeof methods)[string] {
  if (version !== VERSION) {
    throw new NskitError('ERR_UPLINK_PROCESS', `the uplink process speaks version ${VERSION}`, {
      hint: 'it was started by another version of nskit: end its uplinks with that one',
    });
  }
  const found = Object.hasOwn(methods, String(method)) ? methods[String(method)] : undefined;
  if (found !== undefined) return found;
  throw new NskitError('ERR_USAGE', `the uplink process has no method ${String(method)}`);
}
