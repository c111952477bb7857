/** Resource limits (getrlimit(2)) of a process: its own, or another one's. */
import { NskitError } from '../../errors/index.js';
import { Block, Place, step, type Argument, type Program, type Step } from '../../native/index.js';

/** RLIMIT_* by name. */
export const resourceLimits = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
} as const;

export type ResourceLimit = keyof typeof resourceLimits;

/** In the limit's own unit: bytes, seconds, processes, files. */
export type LimitValue = number | bigint | 'unlimited';

/** What is not said stays as it is. */
export interface LimitChange {
  readonly soft?: LimitValue | undefined;
  readonly hard?: LimitValue | undefined;
}

/** One value is both the soft and the hard limit. */
export type ResourceLimits = Readonly<Partial<Record<ResourceLimit, LimitValue | LimitChange>>>;

/** struct rlimit64: soft, hard. */
const RLIMIT_SIZE = 16;
const HARD_AT = 8;

/** Of the process with this pid; 0 is whoever takes the steps. */
export function limitSteps(limits: ResourceLimits, pid: Argument = 0): Program {
  return Object.entries(limits).flatMap(([name, wanted]) => change(name, pid, changeOf(wanted)));
}

function changeOf(wanted: LimitValue | LimitChange): LimitChange {
  return typeof wanted === 'object' ? wanted : { soft: wanted, hard: wanted };
}

function change(name: string, pid: Argument, { soft, hard }: LimitChange): Program {
  const limit = numberOf(name);
  const values = new Block(RLIMIT_SIZE);
  const sentence = `set the limit ${name}`;
  const store = (at: number, value: LimitValue | undefined): Step[] =>
    value === undefined
      ? []
      : [step(sentence, 'store64', [new Place(values, at), numericValue(name, value)])];
  return [
    step(`read the limit ${name}`, 'prlimit64', [pid, limit, 0, values]),
    ...store(0, soft),
    ...store(HARD_AT, hard),
    step(sentence, 'prlimit64', [pid, limit, values, 0]),
  ];
}

function numberOf(name: string): number {
  if (Object.hasOwn(resourceLimits, name)) return resourceLimits[name as ResourceLimit];
  throw new NskitError('ERR_USAGE', `${JSON.stringify(name)} is no resource limit`, {
    hint: `there are ${Object.keys(resourceLimits).join(', ')}`,
  });
}

const UNLIMITED = 0xffff_ffff_ffff_ffffn;

function numericValue(name: string, value: LimitValue): bigint {
  if (value === 'unlimited') return UNLIMITED;
  const number = typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value) : -1n;
  if (number >= 0n && number <= UNLIMITED) return number;
  throw new NskitError('ERR_USAGE', `the limit ${name} is a whole number or "unlimited"`);
}
