/** /etc of an isolated namespace: the host's, read-only, with the files of the name laid over it. */
import { existsSync } from 'node:fs';
import { kernel, mount, type Program } from '../../native/index.js';
import { escapeOverlayPath, mountsBelow } from '../etc-files.js';
import { OUTSIDE, etcLinks } from '../etc-links.js';
import { piece, type Piece, type Tree } from './tree.js';

const ATTRIBUTES = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV;

/** The folder that gives the merged /etc its owner and mode: a folder of a name may be 0700. */
const TOP = '/.etc';
/** The layer of links, where files of the host's /etc are mounts. */
const LINKS = '/.etc-links';

export interface EtcPieces {
  readonly pieces: readonly Piece[];
  /** Once the old root is at this path. */
  apply(oldRoot: string, tree: Tree): Program;
}

export function etcPieces(folders: readonly string[]): EtcPieces {
  const present = folders.filter((folder) => existsSync(folder));
  if (present.length === 0) {
    const etc = etcPiece('/etc');
    return { pieces: [etc], apply: (_, tree) => tree.attach(etc) };
  }
  const outside = (oldRoot: string, paths: readonly string[]): string[] =>
    paths.map((path) => oldRoot + path);
  const start = (tree: Tree): Program => [...tree.folder(TOP), ...tree.folder('/etc')];
  if (mountsBelow('/etc').length === 0) {
    return {
      pieces: [],
      apply: (oldRoot, tree) => [
        ...start(tree),
        layOver([TOP, ...outside(oldRoot, [...present, '/etc'])]),
      ],
    };
  }
  const host = etcPiece(`/etc/${OUTSIDE}`);
  return {
    pieces: [host],
    apply: (oldRoot, tree) => [
      ...start(tree),
      ...tree.folder(LINKS),
      ...etcLinks(LINKS, { folders: present, texts: {} }).fill,
      layOver([TOP, ...outside(oldRoot, present), LINKS]),
      ...tree.attach(host),
    ],
  };
}

function etcPiece(target: string): Piece {
  return piece('/etc', { target, isFolder: true, attributes: ATTRIBUTES });
}

function layOver(layers: readonly string[]): Program[number] {
  return mount('lay the files of this name over /etc', '/etc', {
    source: 'overlay',
    type: 'overlay',
    flags: kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV,
    data: `lowerdir=${layers.map(escapeOverlayPath).join(':')}`,
  });
}
