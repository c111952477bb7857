/**
 * /etc where files of it are mounts of their own (a container's resolv.conf). In a user namespace
 * the kernel keeps such a mount in its place, and makes no layer of an overlay of the folder around
 * it, because that would show what the mount hides. So the layer is a folder of links instead: the
 * host's /etc with all its mounts lies in a folder of it, and everything in there has a link beside
 * it. A link goes by the name, so that what the host replaces by rename is what is seen.
 */
import { lstatSync, readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { forgiving, kernel, mkdir, step, symlink, type Program } from '../native/index.js';

/** Where the links lead: the host's /etc, below the /etc that is seen. */
export const OUTSIDE = '.outside';

/** What lies over /etc. */
export interface EtcContent {
  /** Folders, the first one on top. */
  readonly folders: readonly string[];
  /** Texts over files of /etc, by their paths, on top of the folders. */
  readonly texts: EtcTexts;
}

/** `/etc/resolv.conf`, say, whatever that is on the host, and what it is to be. */
export type EtcTexts = Readonly<Record<string, string>>;

export interface EtcLinks {
  /** Makes the links, in an empty folder. */
  readonly fill: Program;
  /** Folders that were read to know what links there are. */
  readonly read: readonly string[];
}

export function etcLinks(layer: string, over: EtcContent): EtcLinks {
  const fill: Program[] = [openFolder(join(layer, OUTSIDE))];
  const read: string[] = [];
  const visit = (below: string): void => {
    read.push(...foldersAt(below, over));
    for (const entry of entriesOf(join('/etc', below), read)) {
      const path = join(below, entry.name);
      if (entry.isDirectory() && isFolderOf(over, path)) {
        fill.push(openFolder(join(layer, path)));
        visit(path);
      } else {
        fill.push([symlink(targetOf(path, entry), join(layer, path))]);
      }
    }
  };
  visit('');
  return { fill: fill.flat(), read };
}

function entriesOf(path: string, read: string[]): Dirent[] {
  const entries = readdirSync(path, { withFileTypes: true });
  read.push(path);
  return entries;
}

/** Everybody may enter it, whatever the umask is. */
export function openFolder(path: string): Program {
  const chmod = step(`make the folder ${path}`, 'fchmodat', [kernel.AT_FDCWD, path, 0o755]);
  return [forgiving(mkdir(path), 'EEXIST'), { ...chmod, path }];
}

/** A link of the host leads where it leads there. */
function targetOf(path: string, entry: Dirent): string {
  if (entry.isSymbolicLink()) return readlinkSync(join('/etc', path));
  const up = '../'.repeat(path.split('/').length - 1);
  return `${up}${OUTSIDE}/${path}`;
}

/** A folder both of the host and of what lies over it shows what is in both. */
function isFolderOf({ folders, texts }: EtcContent, path: string): boolean {
  const inTexts = Object.keys(texts).some((name) => name.startsWith(`/etc/${path}/`));
  return inTexts || folders.some((layer) => isFolder(join(layer, path)));
}

function foldersAt(path: string, { folders }: EtcContent): string[] {
  return folders.map((layer) => join(layer, path)).filter(isFolder);
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
