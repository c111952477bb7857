import type { netlink as wire } from '../../wire/index.js';

/** What a kind adds to the message that makes a device. Kept open until it has been sent. */
export interface KindPart extends Partial<Disposable> {
  readonly data?: wire.LinkData | undefined;
  /** The index of the device below. */
  readonly link?: number;
}
