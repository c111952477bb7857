/** What an uplink process leaves to the next: the notes beside the descriptors in the store. */
import type { FileDescriptor } from '../../sockets/index.js';
import type { Publishing } from '../../uplink/index.js';
import type { AttachWords } from './protocol.js';
import type { Found, Kept } from './store.js';

/** Its first key says what it is about. */
export type Note =
  /** The control socket, and the inode of its file. */
  | { readonly control: number }
  /** What `attach` said, with the tap, and the pidfd of a process. */
  | { readonly attachment: AttachWords }
  /** The host's socket of a published port, and the inode of its network namespace. */
  | { readonly port: Publishing; readonly of: number };

export interface FoundControl {
  readonly descriptor: FileDescriptor;
  readonly inode: number;
}

/** What an uplink process before this one has left. */
export interface KeptBefore {
  readonly device: Kept;
  /** By the descriptor, because a port may be published again at once. */
  readonly ports: ReadonlyMap<FileDescriptor, Kept>;
}

/** As `attach` would have it. */
export interface FoundAttachment {
  readonly words: AttachWords;
  readonly descriptors: readonly FileDescriptor[];
  readonly before: KeptBefore;
}

export interface Legacy {
  readonly control: FoundControl | undefined;
  readonly attachments: readonly FoundAttachment[];
}

/** Of each attachment its device comes first; ports without one are closed and dropped. */
export function legacyOf(all: readonly Found[]): Legacy {
  let control: FoundControl | undefined;
  const attachments = new Map<number, GatheredAttachment>();
  for (const found of all) {
    const note = found.note as Note;
    const [descriptor] = found.descriptors;
    if (descriptor === undefined) continue;
    if ('control' in note) control = { descriptor, inode: note.control };
    else if ('attachment' in note) {
      attachments.set(note.attachment.inode, new GatheredAttachment(note.attachment, found));
    } else {
      const attachment = attachments.get(note.of);
      if (attachment === undefined) forget([descriptor], [found.kept]);
      else attachment.addPort(note.port, descriptor, found.kept);
    }
  }
  return { control, attachments: [...attachments.values()] };
}

class GatheredAttachment implements FoundAttachment {
  words: AttachWords;
  readonly descriptors: FileDescriptor[];
  readonly before: { readonly device: Kept; readonly ports: Map<FileDescriptor, Kept> };

  constructor(words: AttachWords, { descriptors, kept }: Found) {
    // What `publish` of its options asked for was done then, and may have been taken back since.
    this.words = { ...words, published: [] };
    this.descriptors = [...descriptors];
    this.before = { device: kept, ports: new Map() };
  }

  addPort(port: Publishing, descriptor: FileDescriptor, kept: Kept): void {
    const { descriptors, published = [] } = this.words;
    this.words = {
      ...this.words,
      descriptors: [...descriptors, 'port'],
      published: [...published, port],
    };
    this.descriptors.push(descriptor);
    this.before.ports.set(descriptor, kept);
  }
}

/** What it stands for has gone, or cannot be served. */
export function forgetAttachment({ descriptors, before }: FoundAttachment): void {
  forget(descriptors, [...before.ports.values(), before.device]);
}

function forget(descriptors: readonly FileDescriptor[], all: readonly Kept[]): void {
  for (const descriptor of descriptors) descriptor[Symbol.dispose]();
  for (const kept of all) void kept.drop();
}
