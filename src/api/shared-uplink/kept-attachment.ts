/** What the watcher has of one attachment: its tap, and the host's sockets of its published ports. */
import type { FileDescriptor } from '../../sockets/index.js';
import type { Listening } from '../../uplink/index.js';
import type { KeptBefore, Note } from './notes.js';
import type { AttachWords, HeldAs } from './protocol.js';
import type { Kept, Store } from './store.js';

/** The descriptors stay their owner's. */
export interface KeptAttachmentParts {
  readonly store: Store;
  readonly words: AttachWords;
  readonly held: Readonly<Partial<Record<HeldAs, FileDescriptor | undefined>>>;
  readonly before: KeptBefore | undefined;
}

export class KeptAttachment {
  readonly #parts: KeptAttachmentParts;
  readonly #ports: Map<FileDescriptor, Kept>;
  #device: Kept | undefined;
  #isOver = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: KeptAttachmentParts) {
    this.#parts = parts;
    this.#device = parts.before?.device;
    this.#ports = new Map(parts.before?.ports);
  }

  /** Settles when the watcher has these ports, and no others. Throws as `Store.keep`. */
  update(listening: () => readonly Listening[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isOver) return;
      // First, because ports without a device are nobody's.
      this.#device ??= await this.#keepDevice();
      await this.#updatePorts(listening());
    });
  }

  /** Nothing any more. */
  drop(): Promise<void> {
    this.#isOver = true;
    return this.#inTurn(async () => {
      const all = [...this.#ports.values(), this.#device];
      this.#ports.clear();
      this.#device = undefined;
      for (const kept of all) await kept?.drop();
    });
  }

  async #keepDevice(): Promise<Kept> {
    const { words, held } = this.#parts;
    const open = Object.entries(held).filter(([, descriptor]) => descriptor?.isOpen);
    const kinds = open.map(([kind]) => kind as HeldAs);
    const descriptors = open.flatMap(([, descriptor]) => descriptor ?? []);
    // The ports have entries of their own.
    const attachment = { ...words, descriptors: kinds, published: undefined };
    return await this.#keep({ attachment }, descriptors);
  }

  async #updatePorts(listening: readonly Listening[]): Promise<void> {
    const open = new Set(listening.map(({ descriptor }) => descriptor));
    for (const [descriptor, kept] of this.#ports) {
      if (open.has(descriptor)) continue;
      this.#ports.delete(descriptor);
      await kept.drop();
    }
    const { inode: of } = this.#parts.words;
    for (const { publishing, descriptor } of listening) {
      if (this.#ports.has(descriptor) || !descriptor.isOpen) continue;
      this.#ports.set(descriptor, await this.#keep({ port: publishing, of }, [descriptor]));
    }
  }

  #keep(note: Note, descriptors: readonly FileDescriptor[]): Promise<Kept> {
    return this.#parts.store.keep(
      note,
      descriptors.map(({ fd }) => fd),
    );
  }

  /** What fails fails for whoever asked, and not for those who come later. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
