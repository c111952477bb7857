/** Reading the kernel's texts: /proc/PID/status, mountinfo, uid_map, sysctls, releases. */
import { readFileSync } from 'node:fs';
import type { IdRange } from '../id-map.js';

/** Trimmed; undefined when the file is not there or not for us. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** A setting by its dotted name, as sysctl(8) writes it. */
export function sysctl(name: string): string | undefined {
  return readText(`/proc/sys/${name.replaceAll('.', '/')}`);
}

export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** A field of /proc/PID/status. */
export function statusField(text: string, name: string): string | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

export interface MountLine {
  readonly point: string;
  readonly options: readonly string[];
  readonly type: string;
}

/** /proc/PID/mountinfo (proc_pid_mountinfo(5)): the fields after " - " come after optional ones. */
export function parseMountinfo(text: string): MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [mount = '', filesystem = ''] = line.split(' - ');
    const [, , , , point, options] = mount.split(' ');
    if (point === undefined || options === undefined) return [];
    const [type = ''] = filesystem.split(' ');
    return [{ point: unescapeOctal(point), options: options.split(','), type }];
  });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );
}

/** /proc/PID/uid_map as the process that reads it sees it. */
export function parseIdMap(text: string): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number);
    if (inside === undefined || outside === undefined || count === undefined) return [];
    return [{ inside, outside, count }];
  });
}

/** Whether all `count` ids from `start` on exist in a user namespace with this map. */
export function hasIds(map: readonly IdRange[], start: number, count = 1): boolean {
  return map.some((r) => start >= r.inside && start + count <= r.inside + r.count);
}

/** "6.18.44-generic" is [6, 18]. */
export function parseRelease(release: string): [major: number, minor: number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(release);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

export function isAtLeast(release: string, major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = parseRelease(release) ?? [];
  return ours > major || (ours === major && oursMinor >= minor);
}

/** A field of /etc/os-release (os-release(5)), without its quotes. */
export function osReleaseField(text: string, name: string): string | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name}=`));
  return line?.slice(name.length + 1).replace(/^(["'])(.*)\1$/, '$2');
}
