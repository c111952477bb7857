/** The uplink of one name in the shared process, found by the name each time. */
import { resolveName } from '../../namespaces/index.js';
import type { UplinkOptions } from '../../uplink/index.js';
import type { AttachedUplink, UplinkPlace } from './protocol.js';
import { uplinks } from './uplinks.js';

export class SharedUplink {
  readonly #place: UplinkPlace & { readonly name: string };

  constructor(place: UplinkPlace & { readonly name: string }) {
    this.#place = place;
  }

  /** Throws ERR_UPLINK_EXISTS. */
  async attach(options: UplinkOptions = {}): Promise<AttachedUplink> {
    return await uplinks.attach(this.#place, options);
  }

  /** Throws ERR_UPLINK_UNKNOWN. */
  async stop(): Promise<void> {
    await uplinks.stop(this.#place);
  }

  /** Undefined when there is none. */
  async details(): Promise<AttachedUplink | undefined> {
    const { inode } = resolveName(this.#place.name);
    return (await uplinks.list()).find((attached) => attached.inode === inode);
  }
}
