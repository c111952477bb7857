/** All that the uplink process serves, by the inode of the network namespace. */
import { NskitError } from '../../errors/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import { Attachment } from './attachment.js';
import { noUplink, type AttachWords } from './protocol.js';

export class Attachments {
  readonly #all = new Map<number, Attachment>();
  readonly #onEmpty: () => void;

  /** `onEmpty` hears of each end that leaves none. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#all.size;
  }

  all(): Attachment[] {
    return [...this.#all.values()];
  }

  /** Takes the descriptors over. Throws ERR_UPLINK_EXISTS, ERR_NAME_UNKNOWN. */
  add(words: AttachWords, descriptors: readonly FileDescriptor[]): Attachment {
    const { inode } = words;
    const attachment = this.#make(words, descriptors);
    this.#all.set(inode, attachment);
    void attachment.uplink.ended.then(() => {
      this.#all.delete(inode);
      if (this.#all.size === 0) this.#onEmpty();
    });
    return attachment;
  }

  #make(words: AttachWords, descriptors: readonly FileDescriptor[]): Attachment {
    try {
      if (!this.#all.has(words.inode)) return new Attachment(words, descriptors);
      throw new NskitError('ERR_UPLINK_EXISTS', 'the namespace has an uplink already');
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
