/** The files that go with a place: what its uplink ends with, and what `exec` sees meanwhile. */
import { statSync } from 'node:fs';
import {
  markOfName,
  removeUplinkFiles,
  resolveName,
  stateDirectory,
  writeUplinkFiles,
  type FileMark,
} from '../../namespaces/index.js';
import type { UplinkOptions } from '../../uplink/index.js';
import { nameFilesOf } from '../name-files.js';
import type { UplinkPlace } from './protocol.js';

/** Undefined for a process, and for a name that shows in no file. */
export function markOf(place: UplinkPlace): FileMark | undefined {
  if ('name' in place) return markOfName(resolveName(place.name));
  if ('pid' in place) return undefined;
  return { path: place.path, inode: statSync(place.path).ino };
}

/**
 * Writes what is laid over /etc of a name while it has an uplink, and takes it back when the attaching
 * fails. The uplink process may make no such files, because whoever took it over could have programs
 * run by them; it removes them when the uplink ends.
 */
export async function withNameFiles<T>(
  place: UplinkPlace,
  options: UplinkOptions,
  attach: (filesOf: string | undefined) => Promise<T>,
): Promise<T> {
  const found = 'name' in place ? resolveName(place.name) : undefined;
  // The mounts of an isolated name are made with it, files and all.
  const isFixed = found?.system === true || found?.record.isolated === true;
  const files = isFixed ? undefined : nameFilesOf(options);
  if (found === undefined || files === undefined) return await attach(undefined);
  writeUplinkFiles(stateDirectory(), found.name, files);
  try {
    return await attach(found.name);
  } catch (error) {
    removeUplinkFiles(stateDirectory(), found.name);
    throw error;
  }
}
