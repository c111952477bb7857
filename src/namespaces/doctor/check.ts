/**
 * What `nskit doctor` finds out. A check does the thing itself, in a child that ends at once, and
 * says how it went: settings are read only afterwards, to name what stood in the way.
 */

/** `degraded`: the main thing works, less of it. `unknown`: it could not even be tried. */
export type Status = 'works' | 'degraded' | 'fails' | 'unknown';

export interface Finding {
  readonly status: Status;
  /** What was seen, as a phrase. */
  readonly detail: string;
  /** What stands in the way. */
  readonly blocker?: string | undefined;
  /** What removes it: a command line wherever there is one. */
  readonly fix?: string | undefined;
  /** What can be had without the fix. */
  readonly fallback?: string | undefined;
}

export const checkGroups = [
  'namespaces',
  'ids',
  'mounts',
  'network',
  'policy',
  'kernel',
  'limits',
] as const;

export type CheckGroup = (typeof checkGroups)[number];

export interface Check {
  readonly id: string;
  readonly title: string;
  readonly group: CheckGroup;
  run(): Promise<Finding>;
}

export interface Diagnosis extends Finding {
  readonly id: string;
  readonly title: string;
  readonly group: CheckGroup;
  /** The main jobs of nskit cannot do without it. */
  readonly needed: boolean;
}
