/** One namespace that the uplink process serves, until what it was attached to ends. */
import { NskitError } from '../../errors/index.js';
import { isGone, removeUplinkFiles, stateDirectory, untilGone } from '../../namespaces/index.js';
import { watch } from '../../native/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import { publishingText, sharedLimits, type PublishedPort } from '../../uplink/index.js';
import { carryUplink, type Uplink } from '../attach-uplink.js';
import { heldDescriptors } from './held-descriptors.js';
import { KeptAttachment } from './kept-attachment.js';
import type { KeptBefore } from './notes.js';
import type { AttachWords, AttachedUplink } from './protocol.js';
import type { Store } from './store.js';

/** What it is made of; the descriptors are taken over. */
export interface AttachmentParts {
  readonly words: AttachWords;
  readonly descriptors: readonly FileDescriptor[];
  readonly store: Store;
  /** Another process served it, which was killed. */
  readonly before?: KeptBefore | undefined;
}

export class Attachment {
  readonly words: AttachWords;
  readonly uplink: Uplink;
  readonly #over = new AbortController();
  readonly #kept: KeptAttachment;

  /** Throws ERR_USAGE when the descriptors are not what the words say. */
  constructor({ words, descriptors, store, before }: AttachmentParts) {
    const { tap, routes, pidfd, ports } = heldDescriptors(words, descriptors);
    this.words = words;
    this.#kept = new KeptAttachment({ store, words, held: { tap, routes, pidfd }, before });
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

  /** Settles when the watcher has what is there now. Throws as `Store.keep`. */
  async keep(): Promise<void> {
    await this.#kept.update(() => this.uplink.listening);
  }

  /** Throws ERR_USAGE, SocketError. */
  async publish(texts: readonly string[]): Promise<PublishedPort[]> {
    const ports = await this.uplink.publish(...texts);
    try {
      await this.keep();
    } catch (error) {
      for (const port of ports) await this.unpublish(publishingText(port));
      throw error;
    }
    return ports;
  }

  /** Throws ERR_USAGE. */
  async unpublish(text: string): Promise<PublishedPort[]> {
    const ports = await this.uplink.unpublish(text);
    // Before anybody hears that it is free, because the watcher has it open too.
    await this.keep();
    return ports;
  }

  /** Its device is gone then, and its ports are free. */
  async close(): Promise<void> {
    await this.uplink.close();
    this.#end();
    await this.#kept.drop();
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
    void this.#kept.drop();
    const { filesOf } = this.words;
    try {
      if (filesOf !== undefined) removeUplinkFiles(stateDirectory(), filesOf);
    } catch {
      // Out of descriptors, or whoever deletes the name is at it too: the next command clears up.
    }
  }
}
