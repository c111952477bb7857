/** The figures as a table for people, and as JSON for comparing runs. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import type { Figure, Group, Ratio } from './measure.js';

export interface Report {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly groups: readonly Group[];
}

export function machine(commit: string): Report['machine'] {
  const cpu = cpus()[0]?.model ?? 'unknown';
  return {
    commit,
    date: new Date().toISOString(),
    kernel: release(),
    node: process.version,
    cpus: availableParallelism(),
    cpu,
    load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? '',
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n').length,
  };
}

export function printed({ title, figures, ratios }: Group): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines = [...figures.map((one) => figureLine(one, width)), ...ratios.map(ratioLine)];
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function figureLine({ name, unit, median, min, max, count }: Figure, width: number): string {
  const range = count > 1 ? `  [${shown(min)} to ${shown(max)}], ${count} times` : '';
  return `${name.padEnd(width)}  ${shown(median).padStart(8)} ${unit}${range}`;
}

function ratioLine({ what, value, unit, target }: Ratio): string {
  const verdict = target === undefined ? '' : ` (${target.text}: ${target.met ? 'met' : 'MISSED'})`;
  return `→ ${what}: ${shown(value)} ${unit}${verdict}`;
}

function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
