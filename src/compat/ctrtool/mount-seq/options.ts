/** mount_seq's command line: steps, each followed by the options that belong to it. */
import { type MountFlag, type UnmountFlag } from '../../../index.js';
import { Getopt, type Grammar } from '../../getopt.js';
import { UsageError, parseMode, parseNumber } from '../usage.js';

export type StepLetter = 'm' | 'D' | 'u' | 'S' | 'c' | 'l';

export interface SeqStep {
  readonly letter: StepLetter;
  readonly target: string;
  goesOn: boolean;
  syncs: boolean;
  followsLinks: boolean;
  followsSourceLinks: boolean;
  makesDirectory: boolean;
  makesFile: boolean;
  mustBeNew: boolean;
  remounts: boolean;
  mayExist: boolean;
  source?: string;
  type?: string;
  data?: string;
  mode?: number;
  readonly mountFlags: MountFlag[];
  readonly unmountFlags: UnmountFlag[];
}

const grammar: Grammar = {
  short: 'm:D:u:S:c:l:kKeyEM:s:t:O:F:o:fxr',
  // Operands are found anywhere, and passed over.
  stopsAtOperand: false,
};

const steps = 'mDuScl';

/** Which steps an option may follow. */
const belongsTo: Readonly<Record<string, string>> = {
  k: steps,
  e: steps,
  y: steps,
  M: 'D',
  s: 'ml',
  t: 'm',
  o: 'm',
  K: 'm',
  E: 'm',
  f: 'm',
  x: 'm',
  r: 'm',
  O: 'mDu',
  F: 'mDu',
};

export function readSteps(name: string, args: readonly string[]): SeqStep[] {
  const read: SeqStep[] = [];
  for (const { option, value } of new Getopt(name, args, grammar)) {
    const current = read.at(-1);
    if (steps.includes(option)) read.push(freshStep(option as StepLetter, value));
    else if (current === undefined) {
      throw new UsageError(`${name}: -${option} may only be used after -m, -D, -u, -S, -c or -l`);
    } else apply(name, current, { option, value });
  }
  return read;
}

function freshStep(letter: StepLetter, target: string): SeqStep {
  return {
    ...{ letter, target, goesOn: false, syncs: false, followsLinks: false },
    ...{ followsSourceLinks: false, makesDirectory: false, makesFile: false, mustBeNew: false },
    ...{ remounts: false, mayExist: false, mountFlags: [], unmountFlags: [] },
  };
}

type Apply = (step: SeqStep, value: string) => void;

const settings: Readonly<Record<string, Apply>> = {
  k: (step) => (step.followsLinks = true),
  K: (step) => (step.followsSourceLinks = true),
  e: (step) => (step.goesOn = true),
  y: (step) => (step.syncs = true),
  E: (step) => (step.makesDirectory = true),
  f: (step) => (step.makesFile = true),
  x: (step) => (step.mustBeNew = true),
  r: (step) => (step.remounts = true),
  s: (step, value) => (step.source = value),
  t: (step, value) => (step.type = value),
  o: (step, value) => (step.data = value),
  M: (step, value) => (step.mode = parseMode(value)),
};

function apply(name: string, step: SeqStep, { option, value }: { option: string; value: string }) {
  const letters = belongsTo[option] ?? '';
  if (!letters.includes(step.letter)) {
    const allowed = letters
      .split('')
      .map((letter) => `-${letter}`)
      .join(' or ');
    throw new UsageError(`${name}: -${option} may only be used with ${allowed}`);
  }
  if (option === 'O') for (const letter of value) setFlag(name, step, letter);
  else if (option === 'F') setBit(name, step, value);
  else settings[option]?.(step, value);
}

const mountLetters: Readonly<Record<string, MountFlag>> = {
  a: 'noatime',
  b: 'bind',
  c: 'relatime',
  d: 'nodev',
  e: 'dirsync',
  h: 'shared',
  l: 'slave',
  m: 'move',
  o: 'rdonly',
  p: 'private',
  q: 'silent',
  r: 'remount',
  s: 'nosuid',
  t: 'strictatime',
  u: 'unbindable',
  v: 'rec',
  w: 'synchronous',
  x: 'noexec',
  z: 'lazytime',
};

const unmountLetters: Readonly<Record<string, UnmountFlag>> = {
  f: 'force',
  l: 'detach',
  n: 'nofollow',
  x: 'expire',
};

function setFlag(name: string, step: SeqStep, letter: string): void {
  const mount = mountLetters[letter];
  const unmount = unmountLetters[letter];
  if (step.letter === 'm' && mount !== undefined) step.mountFlags.push(mount);
  else if (step.letter === 'u' && unmount !== undefined) step.unmountFlags.push(unmount);
  else if (step.letter === 'D' && letter === 'e') step.mayExist = true;
  else throw new UsageError(`${name}: -${step.letter} has no flag ${letter}`);
}

/** A flag that has no letter, as the number of its bit; of -D bit 0 is `e`. */
function setBit(name: string, step: SeqStep, text: string): void {
  const bit = parseNumber('-F', text);
  if (bit > 31n || (step.letter === 'D' && bit !== 0n)) {
    throw new UsageError(`${name}: -${step.letter} has no flag number ${text}`);
  }
  const flag = 2 ** Number(bit);
  if (step.letter === 'm') step.mountFlags.push(flag);
  else if (step.letter === 'u') step.unmountFlags.push(flag);
  else step.mayExist = true;
}
