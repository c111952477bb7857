/** The descriptors that come with `attach`, each by what its words say that it is. */
import { NskitError } from '../../errors/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import type { Listening } from '../../uplink/index.js';
import type { AttachWords, HeldAs } from './protocol.js';

export interface HeldDescriptors {
  readonly tap: FileDescriptor;
  readonly routes: FileDescriptor | undefined;
  readonly pidfd: FileDescriptor | undefined;
  /** Undefined: nothing was published yet. */
  readonly ports: readonly Listening[] | undefined;
}

/** Throws ERR_USAGE when they are not what the words say. */
export function heldDescriptors(
  { descriptors: kinds, published }: AttachWords,
  descriptors: readonly FileDescriptor[],
): HeldDescriptors {
  const those = (kind: HeldAs): FileDescriptor[] => descriptors.filter((_, i) => kinds[i] === kind);
  const [[tap], [routes], [pidfd]] = [those('tap'), those('routes'), those('pidfd')];
  const sockets = those('port');
  const fits = kinds.length === descriptors.length && sockets.length === (published ?? []).length;
  if (tap === undefined || !fits) {
    throw new NskitError('ERR_USAGE', 'the descriptors are not what the request says');
  }
  const ports = published?.flatMap((publishing, i) => {
    const descriptor = sockets[i];
    return descriptor === undefined ? [] : [{ publishing, descriptor }];
  });
  return { tap, routes, pidfd, ports };
}
