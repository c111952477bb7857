/**
 * Id maps of a user namespace (user_namespaces(7)) and the steps that write them. One id of one's
 * own is written by the process itself, after it has given up setgroups; more ids are written by
 * newuidmap(1) and newgidmap(1), from outside, while the process waits.
 */
import {
  Block,
  type Label,
  type Program,
  Place,
  type Step,
  close,
  exit,
  expectEqual,
  expectSuccess,
  fork,
  label,
  pipe,
  step,
  write,
  writeFile,
} from '../native/index.js';
import { NskitError } from '../errors/index.js';

/** `count` ids from `inside` on are the ids from `outside` on in the parent namespace. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export type IdMap = readonly IdRange[];

export interface IdMaps {
  readonly uid: IdMap;
  readonly gid: IdMap;
  /** `deny` is needed to write a gid map without privilege, and then setgroups(2) is off inside. */
  readonly setgroups: 'allow' | 'deny';
  readonly by: 'self' | 'newuidmap';
}

const ID_MAX = 0xffff_fffe;

/** The text of /proc/PID/uid_map. Throws ERR_ID_MAP for what the kernel would refuse. */
export function formatIdMap(map: IdMap): string {
  for (const { inside, outside, count } of map) {
    const fits = [inside, outside, count].every((n) => Number.isInteger(n) && n >= 0);
    if (!fits || count < 1 || inside + count - 1 > ID_MAX || outside + count - 1 > ID_MAX) {
      const text = `${String(inside)} ${String(outside)} ${String(count)}`;
      throw new NskitError('ERR_ID_MAP', `no id map: "${text}"`, {
        hint: 'give inside, outside and count as whole numbers, count at least 1',
      });
    }
  }
  return map.map((r) => `${String(r.inside)} ${String(r.outside)} ${String(r.count)}\n`).join('');
}

/** The map of one id: what `unshare --map-user` writes. */
export function singleId(inside: number, outside: number): IdMap {
  return [{ inside, outside, count: 1 }];
}

/** The caller's own uid and gid as these ids inside. */
export function ownIds(uid: number, gid: number): IdMaps {
  return {
    uid: singleId(uid, process.geteuid?.() ?? 0),
    gid: singleId(gid, process.getegid?.() ?? 0),
    setgroups: 'deny',
    by: 'self',
  };
}

/** Steps for before and after the new user namespace is made, and a helper's, kept aside. */
export interface MapSteps {
  readonly prepare: Program;
  readonly apply: Program;
  readonly aside: Program;
}

export function mapSteps(maps: IdMaps): MapSteps {
  if (maps.by === 'newuidmap') return helperSteps(maps);
  const apply = [
    ...(maps.setgroups === 'deny'
      ? writeFile('give up setgroups', '/proc/self/setgroups', 'deny')
      : []),
    ...writeFile('map the user ids', '/proc/self/uid_map', formatIdMap(maps.uid)),
    ...writeFile('map the group ids', '/proc/self/gid_map', formatIdMap(maps.gid)),
  ];
  return { prepare: [], apply, aside: [] };
}

/** The arguments of newuidmap: the pid, known at run time, then the ranges. */
function helperArguments(command: string, pid: Block, map: IdMap): Block {
  const numbers = map.flatMap((r) => [r.inside, r.outside, r.count].map(String));
  const texts = [command, pid, ...numbers];
  const pointers = texts.map((target, i) => ({ at: 8 * i, target }));
  return new Block(8 * (texts.length + 1), pointers);
}

/**
 * A helper, forked before we leave the parent user namespace, waits for a byte, then maps us.
 * Before the byte, because the maps of a process that has not left yet are its parent's.
 */
function helperSteps(maps: IdMaps): MapSteps {
  const helper = label('the helper that writes the id maps');
  const go = pipe('make a pipe to the id map helper');
  const self = step('find out who we are', 'getpid', []);
  const pid = new Block(16);
  const started = fork('start the id map helper', helper);
  const [readEnd, writeEnd] = ends(go.fds);
  return {
    prepare: [go.make, self, step('write down who we are', 'decimal', [pid, self]), started],
    apply: [
      writeEnd,
      write('tell the helper to write the id maps', writeEnd, '.'),
      ...expectSuccess('wait for newuidmap and newgidmap', started),
    ],
    aside: [helper, readEnd, ...helperProgram(readEnd, { maps, pid, go: go.fds })],
  };
}

function ends(fds: Block): [Step, Step] {
  return [
    step('take the read end', 'load32', [new Place(fds, 0)]),
    step('take the write end', 'load32', [new Place(fds, 4)]),
  ];
}

interface Helper {
  readonly maps: IdMaps;
  readonly pid: Block;
  readonly go: Block;
}

function helperProgram(readEnd: Step, { maps, pid, go }: Helper): Program {
  const child: Label = label('newuidmap');
  const ours = step('take our own write end', 'load32', [new Place(go, 4)]);
  const got = step('wait for the new user namespace', 'read', [readEnd, new Block(8), 1]);
  const forked = fork('start newuidmap', child);
  const run = (sentence: string, command: string, map: IdMap): Step => {
    const argv = helperArguments(command, pid, map);
    return step(sentence, 'execvpe', [argv, { inherited: 'envp' }], { path: command });
  };
  return [
    ours,
    close('close our write end', ours),
    got,
    expectEqual('wait for the new user namespace', got, 1, 'ECHILD'),
    forked,
    ...expectSuccess('map the user ids by newuidmap', forked),
    run('map the group ids by newgidmap', 'newgidmap', maps.gid),
    child,
    run('map the user ids by newuidmap', 'newuidmap', maps.uid),
  ];
}

/** A whole program: the main steps, an end, and what helpers run. */
export function assemble(main: Program, ...asides: readonly Program[]): Program {
  return [...main, exit(0), ...asides.flat()];
}
