/**
 * The way out of a namespace: its device, the stack that speaks to it, and the host's sockets, joined
 * by one loop. Any number of them live in one process and share nothing.
 */
import { errnoCode } from '../native/index.js';
import { Namespaces } from '../namespaces/index.js';
import { HeldRoutes, Network, openNetlink, type NetworkTarget } from '../netlink/index.js';
import { FileDescriptor, insideOf, letTapPersist } from '../sockets/index.js';
import { Stack, type FlowInfo, type StackSettings, type TcpFlowInfo } from '../stack/index.js';
import type { AttachOptions, OpenOptions, OpenUplink, UplinkCounters } from './attach-options.js';
import type { Capture } from './capture/capture.js';
import { Captures } from './capture/captures.js';
import { parseFlowFilter } from './capture/flow-filter.js';
import { allowPing, configure, followDefault, openLoopback } from './configure.js';
import { EPOLLIN } from './constants.js';
import type { ReceiveSpace } from './datagram-receiver.js';
import { DescriptorShare } from './descriptor-share.js';
import { isEndable } from './endable.js';
import { recordOf, type FlowRecord } from './flows/flow-record.js';
import { followFlows, type FlowEvent } from './flows/follow.js';
import { FlowJournal } from './flows/journal.js';
import { HostSockets } from './host-sockets.js';
import { stackLimits } from './limits.js';
import { Loop } from './loop.js';
import { listenAll, type Listening } from './publish/listening.js';
import type { PublishedPort } from './publish/published-port.js';
import { Published } from './publish/published.js';
import { parsePublishings } from './publish/request.js';
import { random } from './random.js';
import { settle } from './settle.js';
import { settingsOf } from './stack-settings.js';
import { WayOut, hostHasIpv6 } from './way-out.js';
import { TapDevice, openTap } from './tap-device.js';

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
  readonly #journal: FlowJournal;
  readonly #captures: Captures;
  readonly #failures = new Map<number, number>();
  #end: () => void = () => undefined;
  readonly #over = new AbortController();
  #wayOut: WayOut | undefined;

  private constructor(opened: OpenUplink, settings: StackSettings, options: AttachOptions) {
    this.#opened = opened;
    this.device = opened.name;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    const { limits = {} } = options;
    const loop = new Loop(new DescriptorShare(limits.descriptors));
    this.#loop = loop;
    const device = new TapDevice(opened.descriptor.fd, loop);
    this.#device = device;
    const onFailure = (errno: number): void => {
      this.#failures.set(errno, (this.#failures.get(errno) ?? 0) + 1);
    };
    const journal = new FlowJournal({ nameOf: options.nameOf });
    this.#journal = journal;
    const flows = (): Iterable<FlowInfo> => this.#stack.flows();
    this.#captures = new Captures({ device, name: opened.name, journal, flows });
    const hosts = new HostSockets({
      ...{ loop, onFailure },
      decide: journal.noting(options.decide),
      streams: options.streams ?? 'auto',
      takesSuperDatagrams: opened.hasUdpSegments,
      space: ({ version }) => this.#spaceFor(version),
    });
    this.#stack = new Stack({
      ...{ settings, link: device, hosts, random, limits: stackLimits(limits), watch: journal },
    });
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
    if (this.#over.signal.aborted) return;
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

  /** Those that live. */
  *flows(): Generator<FlowRecord> {
    for (const info of this.#stack.flows()) yield recordOf(info);
  }

  /** The last ones that have ended, 256 at most, the oldest first. */
  endedFlows(): FlowRecord[] {
    return this.#journal.past();
  }

  /** Those that live, then each start, change and end; until the signal, or the uplink's end. */
  followFlows(signal: AbortSignal): AsyncGenerator<FlowEvent, void> {
    const signals = [signal, this.#over.signal];
    return followFlows({ journal: this.#journal, flows: () => this.flows(), signals });
  }

  /**
   * Frames as blocks of a pcapng file, into one end of a pair of stream sockets, which is taken over;
   * until the other one ends. Throws ERR_USAGE.
   */
  capture(descriptor: FileDescriptor, flow: readonly string[]): Capture {
    return this.#captures.start(descriptor, flow.map(parseFlowFilter));
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
    if (!this.#over.signal.aborted)
      await settle({ isDrained: () => this.#device.isDrained, flows });
  }

  /**
   * Ends every flow and leaves the device behind, without a carrier. For a namespace that goes now:
   * the kernel takes both away later, by itself, and to take the device away first is to wait for it
   * (measured).
   */
  async leave(): Promise<void> {
    if (!this.#over.signal.aborted) letTapPersist(this.#opened.descriptor);
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

  /** Where datagrams from the host are received, so that their frame can be made around them. */
  #spaceFor(version: 4 | 6): ReceiveSpace {
    return { bytes: this.#stack.outgoing.bytes, at: this.#stack.datagramAt(version) };
  }

  #close(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#captures.close();
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
