/** One connection through a network that loses, repeats, delays and reorders, from a seed. */
import { between, bytesOf, chanceOf, type Chance } from './chance.js';
import { HostSocket } from './host-socket.js';
import { Lab, ipv4Ends, ipv6Ends } from './lab.js';
import { Peer } from './peer.js';
import { frameOf, type SentSegment } from './frames.js';

/** Chances from 0 to 1, and milliseconds. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  readonly delayMs: number;
  /** That the link takes no frame at this moment. */
  readonly congestion: number;
  /** Super-frames are cut before they are lost, as on the way to another machine. */
  readonly isCut?: boolean;
}

export const weathers: Record<string, Weather> = {
  'a perfect link': { loss: 0, duplication: 0, delayMs: 0, congestion: 0 },
  'a link that is often full': { loss: 0, duplication: 0, delayMs: 0, congestion: 0.3 },
  'a link that reorders': { loss: 0, duplication: 0, delayMs: 20, congestion: 0 },
  'a link that repeats': { loss: 0, duplication: 0.3, delayMs: 5, congestion: 0 },
  'a link that loses a little': { loss: 0.02, duplication: 0, delayMs: 1, congestion: 0 },
  'a link that loses a tenth of all segments': {
    ...{ loss: 0.1, duplication: 0, delayMs: 5, congestion: 0 },
    isCut: true,
  },
  'a link that loses a fifth of all segments': {
    ...{ loss: 0.2, duplication: 0, delayMs: 5, congestion: 0 },
    isCut: true,
  },
  'a link that does everything wrong': {
    loss: 0.2,
    duplication: 0.1,
    delayMs: 30,
    congestion: 0.1,
  },
};

const STEP_MS = 5;
const LIMIT_MS = 600_000;

export interface Outcome {
  readonly toHost: { readonly sent: Uint8Array; readonly received: Uint8Array };
  readonly toNamespace: { readonly sent: Uint8Array; readonly received: Uint8Array };
  readonly fault: string | undefined;
  readonly isDone: boolean;
  readonly wasReset: boolean;
  readonly closed: string | undefined;
  readonly left: string[];
  readonly heldBytes: number;
  readonly elapsedMs: number;
}

export class Simulation {
  readonly #chance: Chance;
  readonly #weather: Weather;
  readonly #lab: Lab;
  readonly #peer: Peer;
  readonly #socket: HostSocket;
  readonly #events: { at: number; run: () => void }[] = [];

  constructor(seed: number, weather: Weather) {
    const chance = chanceOf(seed);
    this.#chance = chance;
    this.#weather = weather;
    const isWide = chance() < 0.5;
    this.#lab = new Lab({
      mtu: isWide ? 65_520 : 1500,
      ends: chance() < 0.5 ? ipv4Ends : ipv6Ends,
      random: () => between(chance, 0, 0xffff_ffff),
    });
    const [toHost, toNamespace] = [sizeOf(chance), sizeOf(chance)];
    const order = chance();
    this.#peer = new Peer({
      iss: between(chance, 0xffff_0000, 0xffff_ffff),
      chance,
      data: bytesOf(chance, toHost),
      mss: isWide ? 65_460 : 1440,
      usesSack: chance() < 0.7,
      windowShift: chance() < 0.7 ? between(chance, 0, 7) : -1,
      bufferBytes: between(chance, 1, 4) * 20_000,
      closesLast: order < 0.3,
      expects: chance() < 0.5 ? toNamespace : 0,
      send: (values) => {
        const frame = frameOf(this.#lab.ends, values);
        this.#carry(() => this.#lab.sendFrame(frame));
      },
    });
    this.#socket = new HostSocket(chance, {
      data: bytesOf(chance, toNamespace),
      bufferBytes: between(chance, 1, 10) * 10_000,
      closesLast: order > 0.7,
      expects: chance() < 0.5 ? toHost : 0,
    });
  }

  run(): Outcome {
    let now = 0;
    for (; now < LIMIT_MS && !this.#isOver(); now += STEP_MS) this.#step(now);
    return {
      ...this.#streams(),
      fault: this.#socket.fault,
      isDone: this.#peer.isDone,
      wasReset: this.#peer.wasReset,
      closed: this.#socket.closed,
      left: [...this.#lab.tcp.flows()].map(({ state }) => state),
      heldBytes: this.#lab.tcp.heldBytes,
      elapsedMs: now,
    };
  }

  #isOver(): boolean {
    return this.#peer.wasReset || (this.#peer.isDone && [...this.#lab.tcp.flows()].length === 0);
  }

  #streams(): Pick<Outcome, 'toHost' | 'toNamespace'> {
    return {
      toHost: { sent: this.#peer.data, received: Uint8Array.from(this.#socket.received) },
      toNamespace: { sent: this.#socket.data, received: Uint8Array.from(this.#peer.received) },
    };
  }

  #step(now: number): void {
    const lab = this.#lab;
    lab.now = now;
    lab.linkIsFull = this.#chance() < this.#weather.congestion;
    this.#peer.poll(now);
    if (this.#chance() < 0.5) this.#peer.read();
    this.#deliver(now);
    this.#connect(now);
    for (const { events } of lab.attempts.slice(0, 1)) this.#socket.step(events, now);
    if ((lab.tcp.nextDeadline() ?? Infinity) <= now) lab.poll();
    for (const segment of lab.takeSent()) {
      const pieces = this.#weather.isCut === true ? cut(segment) : [segment];
      for (const piece of pieces) this.#carry(() => this.#peer.onSegment(piece, lab.now));
    }
  }

  #connect(now: number): void {
    const attempt = this.#lab.attempts[0];
    if (attempt === undefined || this.#isConnected) return;
    this.#isConnected = true;
    attempt.events.connected(this.#socket, now);
  }

  #isConnected = false;

  #deliver(now: number): void {
    const due = this.#events.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    const later = this.#events.filter(({ at }) => at > now);
    this.#events.splice(0, Infinity, ...later);
    for (const { run } of due) run();
  }

  #carry(run: () => void): void {
    const { loss, duplication, delayMs } = this.#weather;
    const copies = this.#chance() < duplication ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.#chance() < loss) continue;
      this.#events.push({ at: this.#lab.now + Math.floor(this.#chance() * delayMs), run });
    }
  }
}

/** What the device makes of a super-frame; the flags of its end stay with the last segment. */
function cut(segment: SentSegment): SentSegment[] {
  const { data, gsoSize, seq, flags } = segment;
  if (gsoSize === 0) return [segment];
  return Array.from({ length: Math.ceil(data.length / gsoSize) }, (_, i) => {
    const piece = data.subarray(i * gsoSize, (i + 1) * gsoSize);
    const isLast = (i + 1) * gsoSize >= data.length;
    const now = isLast ? flags : flags.replace(/PSH\||\|PSH|FIN\||\|FIN/g, '');
    return { ...segment, data: piece, seq: (seq + i * gsoSize) >>> 0, flags: now };
  });
}

function sizeOf(chance: Chance): number {
  return between(chance, 0, chance() < 0.3 ? 200_000 : 20_000);
}
