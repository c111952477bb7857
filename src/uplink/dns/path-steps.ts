/** The folders through which a path leads, symbolic links followed as path_resolution(7) does. */
import { lstatSync, readlinkSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A folder, and the name in it that leads on. */
export interface PathStep {
  readonly folder: string;
  readonly name: string;
}

/** As many links as the kernel follows (MAXSYMLINKS). */
const LINKS_MAX = 40;

/**
 * Every step of an absolute path, those of links' targets included, up to the file or the first
 * name that is not there.
 */
export function pathSteps(path: string): PathStep[] {
  const steps: PathStep[] = [];
  const ahead = namesOf(path);
  let folder: string = sep;
  let links = 0;
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    if (name === '..') {
      folder = join(folder, name);
      continue;
    }
    steps.push({ folder, name });
    const here = join(folder, name);
    const kind = kindOf(here);
    if (kind.isMissing) break;
    if (kind.target === undefined) {
      folder = here;
    } else {
      if (++links > LINKS_MAX) break;
      if (kind.target.startsWith(sep)) folder = sep;
      ahead.unshift(...namesOf(kind.target));
    }
  }
  return steps;
}

function namesOf(path: string): string[] {
  return path.split(sep).filter((name) => name !== '' && name !== '.');
}

function kindOf(path: string): { isMissing: boolean; target?: string } {
  try {
    const isLink = lstatSync(path).isSymbolicLink();
    return { isMissing: false, ...(isLink ? { target: readlinkSync(path) } : {}) };
  } catch {
    // Also when we may not look: then a name here is as good as missing.
    return { isMissing: true };
  }
}
