/**
 * The way out of a namespace: its device, the stack that speaks to it, and the host's sockets, joined
 * by one loop. Any number of them live in one process and share nothing.
 */
import { errnoCode } from '../native/index.js';
import { Namespaces } from '../namespaces/index.js';
import { HeldRoutes, Network, openNetlink, type NetworkTarget } from '../netlink/index.js';
import { FileDescriptor, insideOf, letTapPersist } from '../sockets/index.js';
import {
  Stack,
  type DropReason,
  type Outcome,
  type StackSettings,
  type TcpFlowInfo,
} from '../stack/index.js';
import { allowPing, configure, followDefault, openLoopback } from './configure.js';
import { EPOLLIN } from './constants.js';
import type { Decide } from './decision.js';
import { DescriptorShare } from './descriptor-share.js';
import { isEndable, isRecorded, type FlowRecord } from './flow-record.js';
import { HostSockets } from './host-sockets.js';
import { stackLimits, type UplinkLimits } from './limits.js';
import { Loop } from './loop.js';
import { listenAll, type Listening } from './publish/listening.js';
import type { PublishedPort } from './publish/published-port.js';
import { Published } from './publish/published.js';
import { parsePublishings, type Publishing } from './publish/request.js';
import { random } from './random.js';
import { settle } from './settle.js';
import { settingsOf, type SettingsOptions } from './stack-settings.js';
import { WayOut, hostHasIpv6 } from './way-out.js';
import { TapDevice, openTap, type OpenTap } from './tap-device.js';
import type { StreamKind } from './tcp-host.js';

export interface OpenOptions extends SettingsOptions {
  /** The device's name; tap0 when not said. */
  readonly device?: string | undefined;
  /** False: the device is made, and its settings are somebody else's business. */
  readonly configure?: boolean | undefined;
}

export interface AttachOptions extends OpenOptions {
  /** Every flow passes it. */
  readonly decide: Decide;
  /** Ports of the host's that lead inside: `8080:80`. */
  readonly publish?: readonly string[] | undefined;
  /** Hears of connections that the namespace did not accept. */
  readonly onPublishRefused?: ((publishing: Publishing, outcome: Outcome) => void) | undefined;
  /** How bytes for the namespace wait; as this kernel can when not said. */
  readonly streams?: StreamKind | undefined;
  readonly limits?: UplinkLimits | undefined;
}

/** A device inside that is configured, and what its settings were made of. */
export interface OpenUplink extends OpenTap {
  readonly ipv6IsDefault: boolean;
  /** A netlink socket of its namespace, by which its default route follows the host's. */
  readonly routes?: FileDescriptor | undefined;
}

export interface UplinkCounters {
  /** Frames and packets that went no further, by reason. */
  readonly drops: Partial<Record<DropReason, number>>;
  /** What kept flows from existing, by errno: ECONNREFUSED, EMFILE, ... */
  readonly failures: Readonly<Record<string, number>>;
}

export class Uplink implements AsyncDisposable {
  /** The device's name. */
  readonly device: string;
  /** Settles when the uplink is closed, or the device has gone with its namespace. */
  readonly ended: Promise<void>;
  readonly #loop: Loop;
  readonly #opened: OpenUplink;
  readonly #device: TapDevice;
  readonly #stack: Stack;
  readonly #published: Published;
  readonly #failures = new Map<number, number>();
  #end: () => void = () => undefined;
  #isEnded = false;
  #wayOut: WayOut | undefined;

  private constructor(opened: OpenUplink, settings: StackSettings, options: AttachOptions) {
    this.#opened = opened;
    this.device = opened.name;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    const device = new TapDevice(opened.descriptor.fd);
    this.#device = device;
    const { limits = {} } = options;
    const loop = new Loop(new DescriptorShare(limits.descriptors));
    this.#loop = loop;
    const onFailure = (errno: number): void => {
      this.#failures.set(errno, (this.#failures.get(errno) ?? 0) + 1);
    };
    const hosts = new HostSockets({
      ...{ loop, onFailure },
      decide: options.decide,
      streams: options.streams ?? 'auto',
      takesSuperDatagrams: opened.hasUdpSegments,
      space: ({ version }) => {
        return { bytes: this.#stack.outgoing.bytes, at: this.#stack.datagramAt(version) };
      },
    });
    this.#stack = new Stack({ settings, link: device, hosts, random, limits: stackLimits(limits) });
    const stack = this.#stack;
    this.#published = new Published({
      ...{ loop, stack, hosts, onFailure, onRefused: options.onPublishRefused ?? noReport },
      network: settings,
    });
    device.attach(
      (...frame) => stack.onFrame(...frame),
      () => this.#close(),
    );
    this.#loop.setTimed(stack);
    this.#loop.add(opened.descriptor.fd, device, EPOLLIN);
    this.#loop.ref();
  }

  /**
   * Makes the device in a network namespace, configures it from outside, and serves it from this
   * process until it is closed. The target stays its owner's.
   */
  static async attach(target: NetworkTarget, options: AttachOptions): Promise<Uplink> {
    // Before the device is made, because a port that is taken should leave nothing behind.
    const listening = listenAll(parsePublishings(options.publish ?? []));
    try {
      return Uplink.carry(await Uplink.open(target, options), options, listening);
    } catch (error) {
      for (const { descriptor } of listening) descriptor[Symbol.dispose]();
      throw error;
    }
  }

  /** The part that goes inside: whoever holds what it gives can carry, and enters nothing. */
  static async open(target: NetworkTarget, options: OpenOptions): Promise<OpenUplink> {
    const { device = 'tap0', ipv6, publishLoopback = false } = options;
    using network = new Network(target);
    const find = () => insideOf(new Namespaces([network.file]));
    const ipv6IsDefault = ipv6 !== undefined && (await hostHasIpv6());
    const tap = await openTap(find, device);
    const opened = { ...tap, ipv6IsDefault };
    try {
      if (publishLoopback) openLoopback(find, tap.name);
      if (options.configure === false) return opened;
      const settings = settingsOf(options, opened.ipv6IsDefault);
      await configure(network, { device: tap.name, settings });
      allowPing(find);
      if (ipv6 === undefined) return opened;
      return { ...opened, routes: new FileDescriptor(openNetlink(network.file)) };
    } catch (error) {
      tap.descriptor[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Serves an open device from this process until it is closed; takes the descriptors over, and
   * `ports`, which are published already, in place of `publish`.
   */
  static carry(opened: OpenUplink, options: AttachOptions, ports?: readonly Listening[]): Uplink {
    let listening = ports ?? [];
    try {
      listening = ports ?? listenAll(parsePublishings(options.publish ?? []));
      const uplink = new Uplink(opened, settingsOf(options, opened.ipv6IsDefault), options);
      uplink.#withPorts(listening).#follow(options);
      return uplink;
    } catch (error) {
      for (const { descriptor } of listening) descriptor[Symbol.dispose]();
      opened.descriptor[Symbol.dispose]();
      opened.routes?.[Symbol.dispose]();
      throw error;
    }
  }

  /** Ports of the host's lead inside from now on: every one, or none. Throws ERR_USAGE, SocketError. */
  publish(texts: readonly string[]): PublishedPort[] {
    return this.#published.publish(texts);
  }

  /** Nobody comes in by them any more; connections that are open go on. Throws ERR_USAGE. */
  unpublish(text: string): PublishedPort[] {
    return this.#published.unpublish(text);
  }

  /** Who listens to router advertisements hears of it now, who asks by DHCP from now on. */
  change(changes: Parameters<Stack['change']>[0]): void {
    if (this.#isEnded) return;
    this.#stack.change(changes, this.#loop.now());
    this.#loop.rearm();
  }

  get published(): PublishedPort[] {
    return this.#published.list();
  }

  /** The sockets of those; they stay the uplink's. */
  get listening(): Listening[] {
    return this.#published.listening();
  }

  get counters(): UplinkCounters {
    const failures = [...this.#failures].map(([errno, n]) => [errnoCode(errno), n] as const);
    return { drops: this.#stack.drops.all(), failures: Object.fromEntries(failures) };
  }

  /** The flows that have something on the host now. */
  *flows(): Generator<FlowRecord> {
    for (const { bytesToHost, bytesToNamespace, ...flow } of this.#stack.tcp.flows()) {
      const carried = { sentBytes: bytesToHost, receivedBytes: bytesToNamespace };
      yield { protocol: 'tcp', ...flow, ...carried };
    }
    for (const target of this.#loop.targets()) if (isRecorded(target)) yield target.record();
    yield* this.#published.records();
  }

  /** Keeps the process alive, as it does at first. */
  ref(): void {
    this.#loop.ref();
  }

  unref(): void {
    this.#loop.unref();
  }

  /**
   * Waits until what the namespace's programs have sent is with the host's sockets, or nothing moves.
   * For the end of a namespace: programs that still run may send more.
   */
  async settle(): Promise<void> {
    const flows = (): Iterable<TcpFlowInfo> => this.#stack.tcp.flows();
    if (!this.#isEnded) await settle({ isDrained: () => this.#device.isDrained, flows });
  }

  /**
   * Ends every flow and leaves the device behind, without a carrier. For a namespace that goes now:
   * the kernel takes both away later, by itself, and to take the device away first is to wait for it
   * (measured).
   */
  async leave(): Promise<void> {
    if (!this.#isEnded) letTapPersist(this.#opened.descriptor);
    await this.close();
  }

  /** Ends every flow; the device goes with it. */
  async close(): Promise<void> {
    this.#close();
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #withPorts(listening: readonly Listening[]): this {
    try {
      this.#published.adopt(listening);
      return this;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** Tells the namespace when the host gets, or loses, its way out by IPv6. */
  #follow({ ipv6: family }: OpenOptions): void {
    if (family === undefined) return;
    const { ipv6IsDefault: isThere, routes } = this.#opened;
    this.#wayOut = new WayOut(isThere, async (ipv6IsDefault) => {
      this.change({ ipv6IsDefault });
      this.#published.change({ ipv6IsDefault });
      if (routes?.isOpen !== true) return;
      using held = new HeldRoutes(routes.fd);
      const { device } = this;
      await followDefault(held.routes, { device, family, isThere: ipv6IsDefault });
    });
  }

  #close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const target of [...this.#loop.targets()]) if (isEndable(target)) target.end();
    this.#loop[Symbol.dispose]();
    this.#opened.descriptor[Symbol.dispose]();
    void this.#endFollowing().then(this.#end);
  }

  async #endFollowing(): Promise<void> {
    await this.#wayOut?.end();
    this.#opened.routes?.[Symbol.dispose]();
  }
}

const noReport = (): void => undefined;
