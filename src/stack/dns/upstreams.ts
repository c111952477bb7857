/**
 * The host's resolvers, and which of them have been silent. A silent one is asked last, until it
 * answers again; from time to time a question that another one gets goes to it as well, to see.
 */

/** How long a silent one is left alone before it is tried again, doubled each time. */
const REST_MIN_MS = 15_000;
const REST_MAX_MS = 300_000;

interface Silence {
  restMs: number;
  restsUntil: number;
}

export class Upstreams {
  #addresses: readonly string[] = [];
  readonly #silent = new Map<string, Silence>();
  readonly #heard = new Map<string, number>();

  /** A new list is a new network: nothing is remembered. */
  configure(addresses: readonly string[]): void {
    this.#addresses = addresses;
    this.#silent.clear();
    this.#heard.clear();
  }

  /** All of them, in the order to ask. */
  inOrder(): string[] {
    const isSilent = (address: string): boolean => this.#silent.has(address);
    return [
      ...this.#addresses.filter((address) => !isSilent(address)),
      ...this.#addresses.filter(isSilent),
    ];
  }

  isSilent(address: string): boolean {
    return this.#silent.has(address);
  }

  /** One that has rested long enough for another try; the next such answer comes after a rest. */
  takeRested(now: number): string | undefined {
    for (const [address, silence] of this.#silent) {
      if (silence.restsUntil > now) continue;
      this.#rest(silence, now);
      return address;
    }
    return undefined;
  }

  /** It answered something, if only an error. */
  heard(address: string, now: number): void {
    this.#heard.set(address, now);
    this.#silent.delete(address);
  }

  /** It let a question of that time pass. Unless it has answered others since, it is silent. */
  missed(address: string, askedAt: number, now: number): void {
    const heardAt = this.#heard.get(address);
    if (heardAt === undefined || heardAt < askedAt) this.unreachable(address, now);
  }

  /** Nobody listens there. */
  unreachable(address: string, now: number): void {
    if (this.#silent.has(address) || !this.#addresses.includes(address)) return;
    this.#silent.set(address, { restMs: REST_MIN_MS, restsUntil: now + REST_MIN_MS });
  }

  #rest(silence: Silence, now: number): void {
    silence.restMs = Math.min(2 * silence.restMs, REST_MAX_MS);
    silence.restsUntil = now + silence.restMs;
  }
}
