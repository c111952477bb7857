/** Flows as a table, and what to add up for it. */
import type { FlowRecord } from '../index.js';
import { age, columns } from './columns.js';
import { flowEnds } from './flow-line.js';

const HEAD = [
  ...['PROTO', 'NAMESPACE', '', 'REMOTE', 'NAME', 'STATE'],
  ...['SENT', 'RECEIVED', 'RATE', 'AGE', 'DECISION'],
];

export interface TableOptions {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** Bytes a second of a flow, both ways together. */
  readonly rateOf: (flow: FlowRecord) => number;
}

export function flowTable(flows: readonly FlowRecord[], { now, rateOf }: TableOptions): string {
  const rows = flows.map((flow) => {
    const { protocol, name = '-', decision } = flow;
    const { sentBytes, receivedBytes, beganAt, endedAt, end, state } = flow;
    return [
      ...[protocol, ...flowEnds(flow), name, end ?? state],
      ...[sizeText(sentBytes), sizeText(receivedBytes), `${sizeText(rateOf(flow))}/s`],
      ...[age(beganAt, endedAt ?? now), decision],
    ];
  });
  return columns(HEAD, rows);
}

/** Over all of its life. */
export function meanRate(
  { sentBytes, receivedBytes, beganAt, endedAt }: FlowRecord,
  now: number,
): number {
  return (1000 * (sentBytes + receivedBytes)) / Math.max(1, (endedAt ?? now) - beganAt);
}

/** Rates between two looks; of a flow that was not there before since it began. */
export class Rates {
  #before = new Map<number, number>();
  #at = 0;
  #rates = new Map<number, number>();

  look(flows: readonly FlowRecord[], now: number): void {
    const seconds = Math.max(1, now - this.#at) / 1000;
    const bytes = new Map(flows.map((flow) => [flow.id, flow.sentBytes + flow.receivedBytes]));
    this.#rates = new Map(
      flows.map((flow) => {
        const before = this.#before.get(flow.id);
        const carried = (bytes.get(flow.id) ?? 0) - (before ?? 0);
        return [flow.id, before === undefined ? meanRate(flow, now) : carried / seconds];
      }),
    );
    this.#before = bytes;
    this.#at = now;
  }

  of({ id }: FlowRecord): number {
    return this.#rates.get(id) ?? 0;
  }
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Three digits: 999 B, 1.2 kB, 15 MB. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}
