/**
 * Files over /etc inside a namespace. Of a name they are what ip-netns(8) says: what lies in
 * /etc/netns/NAME and ~/.config/nskit/netns/NAME, and what was given with --file. They are layers
 * of one read-only overlay over the host's /etc: a bind mount over a single file would be undone
 * when the host replaces that file by rename, could add none, and would follow a link.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  Block,
  Place,
  attachMount,
  cloneMount,
  close,
  createFile,
  expectEqual,
  jump,
  kernel,
  label,
  mount,
  orElse,
  step,
  unmount,
  write,
  type Label,
  type Program,
  type Step,
} from '../native/index.js';
import {
  OUTSIDE,
  etcLinks,
  openFolder,
  type EtcContent,
  type EtcLinks,
  type EtcTexts,
} from './etc-links.js';
import { hideFolders } from './hidden.js';

export type { EtcTexts } from './etc-links.js';

/** Folders whose files appear over /etc, the first one on top, whether they exist or not. */
export function etcFolders(name: string, given?: string): string[] {
  const config = process.env['XDG_CONFIG_HOME'];
  const home = config?.startsWith('/') === true ? config : join(homedir(), '.config');
  const folders = [join(home, 'nskit', 'netns', name), join('/etc/netns', name)];
  return given === undefined ? folders : [given, ...folders];
}

export interface EtcSteps {
  /** Before any namespace is entered: a stored program that has become stale is given to Node. */
  readonly check: Program;
  /** In a private mount namespace. */
  readonly apply: Program;
}

/** The hidden are other folders, out of sight inside where they exist. */
export function etcSteps(folders: readonly string[], hidden: readonly string[] = []): EtcSteps {
  const present = folders.filter((folder) => existsSync(folder));
  const hiddenNow = hidden.filter((folder) => existsSync(folder));
  const over = { folders: present, texts: {} };
  const links = linksIfNeeded(over);
  return {
    check: [
      ...staleCheck([...folders, ...hidden], [...present, ...hiddenNow]),
      ...(links?.read ?? []).flatMap(sameEntries),
    ],
    apply: [...(present.length === 0 ? [] : overlaySteps(over, links)), ...hideFolders(hiddenNow)],
  };
}

/** Lays these texts over files of /etc, in a private mount namespace. */
export function layTexts(texts: EtcTexts): Program {
  const over = { folders: [], texts };
  return overlaySteps(over, linksIfNeeded(over));
}

/** The same with a detached mount (an fd) in which they are already. */
export function layMount(mounted: Step | number, texts: EtcTexts): Program {
  const over = { folders: [], texts };
  const shown = attachMount('show the files of the inside', mounted, TOP);
  return overlaySteps(over, linksIfNeeded(over), [shown]);
}

/** A folder that came or went since the program was written changes the program. */
function staleCheck(folders: readonly string[], present: readonly string[]): Program {
  return folders.flatMap((folder) => {
    const goOn = label('the same folders as when this was written');
    const stale = label('not the same folders');
    const look = step(`look for ${folder}`, 'statx', [kernel.AT_FDCWD, folder, 0, 0, statBlock]);
    return present.includes(folder)
      ? [orElse(look, stale), jump(goOn), stale, makeAnew(), goOn]
      : [orElse(look, goOn), makeAnew(), goOn];
  });
}

const makeAnew = (): Step => step('make this program anew', 'defer', []);
const statBlock = new Block(256);
/** struct statx: stx_mtime, seconds and nanoseconds. */
export const STX_MTIME = 112;

/** The program has links to what was in this folder when it was written. */
function sameEntries(folder: string): Program {
  const goOn = label('the same entries as when this was written');
  const stale = label('not the same entries');
  const { mtimeNs } = statSync(folder, { bigint: true });
  const sentence = `see whether ${folder} has changed`;
  const args = [kernel.AT_FDCWD, folder, 0, kernel.STATX_MTIME, statBlock];
  const look = step(sentence, 'statx', args);
  const is = (call: 'load64' | 'load32', offset: number, value: bigint): Program =>
    loadedIs(step(sentence, call, [new Place(statBlock, STX_MTIME + offset)]), value, stale);
  return [
    orElse(look, stale),
    ...is('load64', 0, mtimeNs / 1_000_000_000n),
    ...is('load32', 8, mtimeNs % 1_000_000_000n),
    jump(goOn),
    stale,
    makeAnew(),
    goOn,
  ];
}

function loadedIs(loaded: Step, value: bigint, otherwise: Label): Program {
  return [loaded, orElse(expectEqual(loaded.sentence, loaded, value, 'ESTALE'), otherwise)];
}

/**
 * Layers lie where nobody keeps a folder of ours, only until the overlay holds them. The topmost
 * gives /etc its owner and mode, because a folder of the user's may be 0700.
 */
const STAGE = '/sys';
const TOP = `${STAGE}/top`;
const LINKS = `${STAGE}/links`;

function linksIfNeeded(over: EtcContent): EtcLinks | undefined {
  return mountsBelow('/etc').length === 0 ? undefined : etcLinks(LINKS, over);
}

function overlaySteps(
  { folders, texts }: EtcContent,
  links: EtcLinks | undefined,
  fill: Program = Object.entries(texts).flatMap(([path, text]) => writeOnTop(path, text)),
): Program {
  const host = cloneMount('keep the host’s /etc', '/etc');
  return [
    ...(links === undefined ? [] : [host]),
    emptyFolder(STAGE),
    ...openFolder(TOP),
    ...fill,
    ...(links === undefined ? overHost(folders) : overLinks(folders, links, host)),
    unmount(STAGE, kernel.MNT_DETACH),
  ];
}

/**
 * No layer may lie inside another one: what is in /etc becomes an overlay of its own first, on the
 * folder itself, because that is out of sight once all is done.
 */
function overHost(folders: readonly string[]): Program {
  const inner = folders.find((folder) => folder.startsWith('/etc/'));
  return inner === undefined
    ? [layOver('/etc', [TOP, ...folders, '/etc'])]
    : [layOver(inner, [TOP, ...folders]), layOver('/etc', [inner, '/etc'])];
}

function overLinks(folders: readonly string[], links: EtcLinks, host: Step): Program {
  return [
    ...openFolder(LINKS),
    ...links.fill,
    layOver('/etc', [TOP, ...folders, LINKS]),
    attachMount('show the host’s /etc behind the links', host, `/etc/${OUTSIDE}`),
  ];
}

function writeOnTop(path: string, text: string): Program {
  const { file, steps } = writeBelow(TOP, path, text);
  return [...steps, close(file.sentence, file)];
}

export function emptyFolder(path: string): Step {
  return mount('make an empty folder', path, {
    source: 'nskit',
    type: 'tmpfs',
    data: 'mode=0755',
  });
}

/** A file of /etc in another folder, left open. Everybody may read it, whatever the umask is. */
export function writeBelow(
  folder: string,
  path: string,
  text: string,
): { readonly file: Step; readonly steps: Program } {
  const sentence = `write ${path} of the inside`;
  const place = join(folder, path.slice('/etc/'.length));
  const file = createFile(sentence, place);
  const steps = [
    ...foldersBetween(folder, place).flatMap(openFolder),
    file,
    write(sentence, file, text),
    step(sentence, 'fchmod', [file, 0o644]),
  ];
  return { file, steps };
}

/** Those above a file that are below a folder, the highest first. */
function foldersBetween(folder: string, file: string): string[] {
  const parent = dirname(file);
  return parent === folder ? [] : [...foldersBetween(folder, parent), parent];
}

function layOver(target: string, layers: readonly string[]): Step {
  return mount('lay files over /etc', target, {
    source: 'overlay',
    type: 'overlay',
    data: `lowerdir=${layers.map(escapeOverlayPath).join(':')}`,
  });
}

/** ":" separates layers and "," options. */
export function escapeOverlayPath(path: string): string {
  return path.replace(/[\\:,]/g, (character) => `\\${character}`);
}

/** Mount points strictly below a folder, from /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export function mountsBelow(folder: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => unescapeMountPoint(line.split(' ')[4] ?? ''));
  return [...new Set(points.filter((point) => point.startsWith(`${folder}/`)))];
}

function unescapeMountPoint(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
