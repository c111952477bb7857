/** The new namespaces in which things are tried, as the first steps of a program. */
import { setPropagation, unshare, type Program, type Step } from '../../native/index.js';
import { mapSteps, ownIds } from '../id-map.js';
import { cloneFlags, kindWords, namespaceKinds, type NamespaceKind } from '../kinds.js';

/** Where an attempt ended: making the user namespace, mapping ids, or after that. */
export type Stage = 'user' | 'map' | 'inside';

export function make(kind: NamespaceKind): Step {
  return unshare(sentenceOf(kind), cloneFlags[kind]);
}

function sentenceOf(kind: NamespaceKind): string {
  return `make a new ${kindWords[kind]} namespace`;
}

/** The kind of namespace that a failed step was to make. */
export function kindMadeBy(sentence: string): NamespaceKind | undefined {
  return namespaceKinds.find((kind) => sentenceOf(kind) === sentence);
}

export function mapOneId(): Program {
  return mapSteps(ownIds(0, 0)).apply;
}

const mapSentences = ['give up setgroups', 'map the user ids', 'map the group ids'];

export function stageOf(sentence: string): Stage {
  if (sentence === sentenceOf('user')) return 'user';
  return mapSentences.includes(sentence) ? 'map' : 'inside';
}

/** A new user namespace, where we are uid 0, then these. The user namespace owns the others. */
export function inside(...kinds: readonly NamespaceKind[]): Program {
  const others = kinds.flatMap((kind): Program => {
    // Before any mount, because a shared mount would carry ours out to the host.
    return kind === 'mnt' ? [make('mnt'), setPropagation('/', 'private')] : [make(kind)];
  });
  return [make('user'), ...mapOneId(), ...others];
}
