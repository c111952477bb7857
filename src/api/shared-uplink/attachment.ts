/** One namespace that the uplink process serves, until what it was attached to ends. */
import { NskitError } from '../../errors/index.js';
import { isGone, removeUplinkFiles, stateDirectory, untilGone } from '../../namespaces/index.js';
import { watch } from '../../native/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import { sharedLimits, type PublishedPort } from '../../uplink/index.js';
import { carryUplink, type Uplink } from '../attach-uplink.js';
import { heldDescriptors } from './held-descriptors.js';
import type { AttachWords, AttachedUplink, HeldAs } from './protocol.js';

export class Attachment {
  readonly words: AttachWords;
  readonly uplink: Uplink;
  /** Called when `state` has become another. */
  onChange: () => void = () => undefined;
  readonly #over = new AbortController();
  readonly #tap: FileDescriptor;
  readonly #routes: FileDescriptor | undefined;
  readonly #pidfd: FileDescriptor | undefined;

  /** Takes the descriptors over. Throws ERR_USAGE when they are not what the words say. */
  constructor(words: AttachWords, descriptors: readonly FileDescriptor[]) {
    const { tap, routes, pidfd, ports } = heldDescriptors(words, descriptors);
    this.words = words;
    this.#tap = tap;
    this.#routes = routes;
    this.#pidfd = pidfd;
    const { device, hasUdpSegments, ipv6IsDefault } = words;
    const opened = { descriptor: tap, routes, name: device, hasUdpSegments, ipv6IsDefault };
    const limits = { ...sharedLimits, ...words.options.limits };
    this.uplink = carryUplink(opened, { ...words.options, limits }, ports);
    void this.uplink.ended.then(() => this.#end());
    try {
      this.#follow(pidfd);
    } catch (error) {
      // The place has gone meanwhile: nobody would know of this uplink, nor end it.
      void this.uplink.close();
      throw error;
    }
  }

  get described(): AttachedUplink {
    const { place, inode } = this.words;
    return { place, inode, device: this.uplink.device };
  }

  /**
   * What a process that takes this one's place needs, as `attach` has it. The descriptors stay this
   * attachment's.
   */
  get state(): { readonly words: AttachWords; readonly fds: readonly number[] } {
    const { listening } = this.uplink;
    const held: [HeldAs, FileDescriptor | undefined][] = [
      ['tap', this.#tap],
      ['routes', this.#routes],
      ['pidfd', this.#pidfd],
      ...listening.map(({ descriptor }): [HeldAs, FileDescriptor] => ['port', descriptor]),
    ];
    const open = held.filter(([, descriptor]) => descriptor?.isOpen);
    const published = listening.map(({ publishing }) => publishing);
    return {
      words: { ...this.words, descriptors: open.map(([kind]) => kind), published },
      fds: open.flatMap(([, descriptor]) => descriptor?.fd ?? []),
    };
  }

  /** Throws ERR_USAGE, SocketError. */
  async publish(texts: readonly string[]): Promise<PublishedPort[]> {
    const ports = await this.uplink.publish(...texts);
    this.onChange();
    return ports;
  }

  /** Throws ERR_USAGE. */
  async unpublish(text: string): Promise<PublishedPort[]> {
    const ports = await this.uplink.unpublish(text);
    this.onChange();
    return ports;
  }

  async close(): Promise<void> {
    await this.uplink.close();
    this.#end();
  }

  /** The place is looked at from now on. */
  #follow(pidfd: FileDescriptor | undefined): void {
    const { mark } = this.words;
    const { signal } = this.#over;
    const close = (): void => void this.uplink.close();
    if (pidfd !== undefined) {
      // A pidfd is readable once its process has ended.
      const watching = watch(pidfd.fd, close);
      signal.addEventListener('abort', () => {
        watching[Symbol.dispose]();
        pidfd[Symbol.dispose]();
      });
    } else if (mark !== undefined) {
      if (isGone(mark)) throw new NskitError('ERR_NAME_UNKNOWN', `${mark.path} has gone`);
      void untilGone(mark, signal).then(close, close);
    }
  }

  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    const { filesOf } = this.words;
    try {
      if (filesOf !== undefined) removeUplinkFiles(stateDirectory(), filesOf);
    } catch {
      // Out of descriptors, or whoever deletes the name is at it too: the next command clears up.
    }
  }
}
