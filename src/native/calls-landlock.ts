/** Steps of Landlock (landlock(7)): what of the file system this thread, and what it starts, may touch. */
import { Block, Place } from './block.js';
import { close, open } from './calls-files.js';
import * as kernel from './constants.js';
import { tryCall } from './kernel.js';
import { label, orElse, step, type Program, type Step } from './step.js';

/** struct landlock_ruleset_attr as Linux 6.12 has it; older kernels take it as long as the rest is 0. */
const RULESET_ATTR_SIZE = 24;
const SCOPED = 16;
/** struct landlock_path_beneath_attr, which is packed. */
const PATH_BENEATH_ATTR_SIZE = 12;
const PARENT_FD = 8;

/** The version of its interface that the kernel has; 0: none. */
export function landlockVersion(): number {
  const ask = kernel.LANDLOCK_CREATE_RULESET_VERSION;
  return Math.max(0, tryCall('landlock_create_ruleset', 0, 0, ask));
}

/** A file, or a folder with all that is below it; links are followed. */
export interface PathRule {
  readonly path: string;
  /** LANDLOCK_ACCESS_FS_*, some of those that are handled; of a file only those that files have. */
  readonly access: number;
}

export interface LandlockRuleset {
  /** LANDLOCK_ACCESS_FS_*: refused wherever no rule allows it. */
  readonly handled: number;
  /** LANDLOCK_SCOPE_*. */
  readonly scoped: number;
  readonly rules: readonly PathRule[];
}

/** Needs no_new_privs. What is not there when the steps are taken is left out. */
export function restrictByLandlock({ handled, scoped, rules }: LandlockRuleset): Program {
  const attr = new Block(RULESET_ATTR_SIZE);
  const view = new DataView(attr.bytes.buffer);
  view.setBigUint64(0, BigInt(handled), true);
  view.setBigUint64(SCOPED, BigInt(scoped), true);
  const args = [attr, RULESET_ATTR_SIZE, 0];
  const opens = { opens: true };
  const ruleset = step('make a list of allowed files', 'landlock_create_ruleset', args, opens);
  return [
    ruleset,
    ...rules.flatMap((rule) => allowPath(ruleset, rule)),
    step('allow no other files', 'landlock_restrict_self', [ruleset, 0]),
    close('close the list of allowed files', ruleset),
  ];
}

function allowPath(ruleset: Step, { path, access }: PathRule): Program {
  const sentence = `allow ${path}`;
  const file = open(sentence, path, { flags: kernel.O_PATH });
  const missing = label(`what comes after ${path}`);
  const attr = new Block(PATH_BENEATH_ATTR_SIZE);
  new DataView(attr.bytes.buffer).setBigUint64(0, BigInt(access), true);
  const args = [ruleset, kernel.LANDLOCK_RULE_PATH_BENEATH, attr, 0];
  return [
    orElse(file, missing),
    step(sentence, 'store32', [new Place(attr, PARENT_FD), file]),
    step(sentence, 'landlock_add_rule', args, { path }),
    close(sentence, file),
    missing,
  ];
}
