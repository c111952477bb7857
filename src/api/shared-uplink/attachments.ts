/** All that the uplink process serves, by the inode of the network namespace. */
import { NskitError } from '../../errors/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import { Attachment, type AttachmentParts } from './attachment.js';
import { forgetAttachment, type FoundAttachment } from './notes.js';
import { noUplink, type AttachWords } from './protocol.js';
import type { Store } from './store.js';

export class Attachments {
  readonly #all = new Map<number, Attachment>();
  /** Who keeps copies of what they have open. */
  readonly store: Store;
  readonly #onEmpty: () => void;

  /** `onEmpty` hears of each end that leaves none. */
  constructor(store: Store, onEmpty: () => void) {
    this.store = store;
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#all.size;
  }

  all(): Attachment[] {
    return [...this.#all.values()];
  }

  /** Takes the descriptors over. Throws ERR_UPLINK_EXISTS, ERR_NAME_UNKNOWN, SyscallError. */
  async add(words: AttachWords, descriptors: readonly FileDescriptor[]): Promise<Attachment> {
    const attachment = this.#make({ words, descriptors });
    try {
      await attachment.keep();
    } catch (error) {
      await attachment.close();
      throw error;
    }
    return attachment;
  }

  /** Goes on with what another process has left; what has gone meanwhile is left out. */
  restore(found: FoundAttachment): void {
    try {
      this.#make(found);
    } catch {
      forgetAttachment(found);
    }
  }

  #make(parts: Omit<AttachmentParts, 'store'>): Attachment {
    const { words, descriptors } = parts;
    try {
      if (this.#all.has(words.inode)) {
        throw new NskitError('ERR_UPLINK_EXISTS', 'the namespace has an uplink already');
      }
      const attachment = new Attachment({ ...parts, store: this.store });
      this.#all.set(words.inode, attachment);
      void attachment.uplink.ended.then(() => {
        this.#all.delete(words.inode);
        if (this.#all.size === 0) this.#onEmpty();
      });
      return attachment;
    } catch (error) {
      for (const descriptor of descriptors) descriptor[Symbol.dispose]();
      throw error;
    }
  }

  /** Throws ERR_UPLINK_UNKNOWN. */
  get(inode: unknown): Attachment {
    const found = this.#all.get(Number(inode));
    if (found === undefined) throw noUplink();
    return found;
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((attachment) => attachment.close()));
  }
}
