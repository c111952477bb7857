/**
 * Id maps of a user namespace (user_namespaces(7)) and the steps that write them. One id of one's
 * own is written by the process itself, after it has given up setgroups; more ids are written by
 * newuidmap(1) and newgidmap(1), from outside, while the process waits.
 */
import { NskitError } from '../errors/index.js';
import {
  Block,
  callersEnvironment,
  exit,
  expectSuccess,
  fork,
  label,
  pointerTable,
  step,
  writeFile,
  type Program,
} from '../native/index.js';
import { outsideHelper } from './outside-helper.js';

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

/** An empty map is not written: the ids stay unmapped. */
export function mapSteps(maps: IdMaps): MapSteps {
  const deny =
    maps.setgroups === 'deny' ? writeFile('give up setgroups', '/proc/self/setgroups', 'deny') : [];
  if (maps.by === 'self') {
    const own = [
      ...writeOwn('map the user ids', '/proc/self/uid_map', maps.uid),
      ...writeOwn('map the group ids', '/proc/self/gid_map', maps.gid),
    ];
    return { prepare: [], apply: [...deny, ...own], aside: [] };
  }
  const tools = toolSteps(maps);
  return { ...tools, apply: [...deny, ...tools.apply] };
}

function writeOwn(sentence: string, path: string, map: IdMap): Program {
  return map.length === 0 ? [] : writeFile(sentence, path, formatIdMap(map));
}

/**
 * A helper, forked before we leave the parent user namespace, runs newuidmap(1) and newgidmap(1) on
 * us once we have left: the maps of a process that has not are its parent's.
 */
function toolSteps({ uid, gid }: IdMaps): MapSteps {
  const self = step('find out who we are', 'getpid', []);
  const pid = new Block(16);
  const runs = [
    uid.length === 0 ? undefined : runTool('newuidmap', pid, uid),
    gid.length === 0 ? undefined : runTool('newgidmap', pid, gid),
  ].filter((run) => run !== undefined);
  const work = runs.flatMap(({ main }) => main);
  const helper = outsideHelper('the helper that writes the id maps', work);
  const note = step('write down who we are', 'decimal', [pid, self]);
  return {
    prepare: [self, note, ...helper.prepare],
    apply: helper.release,
    aside: [...helper.aside, ...runs.flatMap(({ aside }) => aside)],
  };
}

/** Runs the tool on the process whose number the block holds by then. */
export function runTool(
  tool: 'newuidmap' | 'newgidmap',
  pid: Block,
  map: IdMap,
): { main: Program; aside: Program } {
  const sentence = `map the ids by ${tool}`;
  const child = label(tool);
  const forked = fork(`start ${tool}`, child);
  const numbers = map.flatMap((r) => [r.inside, r.outside, r.count].map(String));
  const argv = pointerTable([tool, pid, ...numbers]);
  return {
    main: [forked, ...expectSuccess(sentence, forked)],
    aside: [child, step(sentence, 'execvpe', [argv, callersEnvironment], { path: tool })],
  };
}

/** A whole program: the main steps, an end, and what helpers run. */
export function assemble(main: Program, ...asides: readonly Program[]): Program {
  return [...main, exit(0), ...asides.flat()];
}
