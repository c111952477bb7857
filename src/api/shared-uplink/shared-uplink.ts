/** The uplink of one name in the shared process, found by the name each time. */
import { resolveName } from '../../namespaces/index.js';
import type {
  FlowEvent,
  FlowRecord,
  PublishedPort,
  UplinkCounters,
  UplinkOptions,
} from '../../uplink/index.js';
import type { CaptureOptions, RunningCapture } from '../capture/capture.js';
import type { FlowsOptions, FollowOptions } from '../attach-uplink.js';
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

  /**
   * Ports of the host's lead inside from now on: `8080:80`, `[::1]:8000-8010:80-90`, `0:53/udp`. Every
   * one, or none: throws ERR_USAGE for what cannot be read, SocketError for a port that cannot be had,
   * ERR_UPLINK_UNKNOWN.
   */
  async publish(...texts: readonly string[]): Promise<PublishedPort[]> {
    return await uplinks.publish(this.#place, texts);
  }

  /**
   * Nobody comes in by this port of the host's any more (`8080`, `5353/udp`, `8000-8010`); connections
   * that are open go on. Throws ERR_USAGE when it is not published, ERR_UPLINK_UNKNOWN.
   */
  async unpublish(text: string): Promise<PublishedPort[]> {
    return await uplinks.unpublish(this.#place, text);
  }

  /** Throws ERR_UPLINK_UNKNOWN. */
  async published(): Promise<PublishedPort[]> {
    return await uplinks.published(this.#place);
  }

  /** What was dropped, and what failed, by reason. Throws ERR_UPLINK_UNKNOWN. */
  async counters(): Promise<UplinkCounters> {
    return await uplinks.counters(this.#place);
  }

  /** As of an uplink of this process. Throws ERR_UPLINK_UNKNOWN. */
  async flows(options?: FlowsOptions): Promise<FlowRecord[]> {
    return await uplinks.flows(this.#place, options);
  }

  /** The same. Throws also ERR_UPLINK_PROCESS when the process that carries it is killed. */
  followFlows(options?: FollowOptions): AsyncIterable<FlowEvent> {
    return uplinks.followFlows(this.#place, options);
  }

  /** As of an uplink of this process. Throws ERR_UPLINK_UNKNOWN, ERR_USAGE, SyscallError. */
  async capture(options: CaptureOptions): Promise<RunningCapture> {
    return await uplinks.capture(this.#place, options);
  }

  /** Undefined when there is none. */
  async details(): Promise<AttachedUplink | undefined> {
    const { inode } = resolveName(this.#place.name);
    return (await uplinks.list()).find((attached) => attached.inode === inode);
  }
}
