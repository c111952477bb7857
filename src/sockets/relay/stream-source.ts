/** The end of a relay of connections that they arrive at. */
import { forgiving, runProgramAsync, unlink } from '../../native/index.js';
import { listen, type Listener, type ListenOptions } from '../listener.js';
import { holdPlace, type HeldPlace, type RelayEnd } from './ends.js';

/** Longer than that of Node's servers: each who waits here waits for a second connection too. */
const BACKLOG = 4096;

export class StreamSource implements AsyncDisposable {
  readonly listener: Listener;
  readonly #place: HeldPlace;
  /** Of a socket in a file system. */
  readonly #path: string | undefined;

  private constructor(listener: Listener, place: HeldPlace, path: string | undefined) {
    this.listener = listener;
    this.#place = place;
    this.#path = path;
  }

  static async open(from: RelayEnd, backlog = BACKLOG): Promise<StreamSource> {
    const place = holdPlace(from.in);
    const where: ListenOptions =
      'path' in from ? { path: from.path } : { host: from.host, port: from.port };
    try {
      const listener = await listen(place.find, { ...where, backlog, nonBlocking: true });
      const path = 'path' in from && !from.path.startsWith('\0') ? from.path : undefined;
      return new StreamSource(listener, place, path);
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  }

  /** The listener, if nobody has closed it, and the file that it made. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.listener[Symbol.dispose]();
    using place = this.#place;
    if (this.#path === undefined) return;
    using inside = place.find();
    const kind = inside.enter.length === 0 ? 'here' : 'child';
    await runProgramAsync([...inside.enter, forgiving(unlink(this.#path))], { in: kind });
  }
}
