/** `nskit doctor` as a library: what works here for this user, found out by doing it. */
import { requireLinux } from '../../native/index.js';
import type { Check, Diagnosis, Finding } from './check.js';
import { idChecks } from './checks-ids.js';
import { kernelChecks } from './checks-kernel.js';
import { limitChecks } from './checks-limits.js';
import { mountChecks } from './checks-mounts.js';
import { namespaceChecks } from './checks-namespaces.js';
import { networkChecks } from './checks-network.js';
import { policyChecks } from './checks-policy.js';
import { gatherFacts, type Facts } from './facts.js';

export { appArmorProfile } from './apparmor-profile.js';
export {
  checkGroups,
  type Check,
  type CheckGroup,
  type Diagnosis,
  type Finding,
  type Status,
} from './check.js';

/** Without one of these, nskit has nothing to offer. */
const needed: readonly string[] = [
  'namespace-user',
  'namespace-net',
  'namespace-mnt',
  'namespace-pid',
  'map-one-id',
];

function allChecks(facts: Facts): Check[] {
  return [
    ...namespaceChecks(facts),
    ...idChecks(facts),
    ...mountChecks(facts),
    ...networkChecks(facts),
    ...policyChecks(facts),
    ...kernelChecks(facts),
    ...limitChecks(),
  ];
}

/** Every check, one after the other; what they make is gone when the promise settles. */
export async function diagnose(): Promise<Diagnosis[]> {
  requireLinux();
  const diagnoses: Diagnosis[] = [];
  for (const check of allChecks(await gatherFacts())) {
    const { id, title, group } = check;
    diagnoses.push({ id, title, group, needed: needed.includes(id), ...(await finding(check)) });
  }
  return diagnoses;
}

/** A check that breaks says so, and does not take the others with it. */
async function finding(check: Check): Promise<Finding> {
  try {
    return await check.run();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { status: 'unknown', detail, blocker: 'the check itself failed' };
  }
}

export function mainJobsWork(diagnoses: readonly Diagnosis[]): boolean {
  return diagnoses.every(({ needed, status }) => !needed || status === 'works');
}
