/**
 * Who writes an id map (user_namespaces(7)): the process itself, when it is only its own id; a
 * helper with the right to map any id; or newuidmap(1) and newgidmap(1). An empty map is not written.
 */
import { NskitError } from '../errors/index.js';
import { kernel, open, write, writeFile, type Program, type Step } from '../native/index.js';
import { formatIdMap, mapSteps, type IdMap, type MapSteps } from './id-map.js';
import { outsideHelper } from './outside-helper.js';
import { mayUseMapHelpers } from './subids.js';

export interface Maps {
  readonly uid: IdMap;
  readonly gid: IdMap;
  readonly deny: boolean;
}

function denySetgroups(deny: boolean): Program {
  return deny ? writeFile('give up setgroups', '/proc/self/setgroups', 'deny') : [];
}

export function writtenBySelf({ uid, gid, deny }: Maps): MapSteps {
  return mapSteps({ uid, gid, setgroups: deny ? 'deny' : 'allow', by: 'self' });
}

/** A helper that stays in the parent user namespace, with the rights it has there, writes them. */
export function writtenByHelper({ uid, gid, deny }: Maps): MapSteps {
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  // Before the fork, because the helper's own /proc/self is not ours.
  const proc = open('open our folder in /proc', '/proc/self', { flags });
  const writeMap = (what: string, name: string, map: IdMap): Step[] => {
    if (map.length === 0) return [];
    const file = open(`open the map of ${what} ids`, name, { at: proc, flags: kernel.O_WRONLY });
    return [file, { ...write(`map the ${what} ids`, file, formatIdMap(map)), path: name }];
  };
  const helper = outsideHelper('the helper that writes the id maps', [
    ...writeMap('user', 'uid_map', uid),
    ...writeMap('group', 'gid_map', gid),
  ]);
  return {
    prepare: [proc, ...helper.prepare],
    apply: [...denySetgroups(deny), ...helper.release],
    aside: helper.aside,
  };
}

export function writtenByTools({ uid, gid, deny }: Maps): MapSteps {
  if (!mayUseMapHelpers()) {
    throw new NskitError('ERR_ID_MAP', 'newuidmap and newgidmap cannot be used here', {
      hint: 'install them (package uidmap); under no_new_privs only one own id can be mapped',
    });
  }
  // Checked here, because newuidmap's own message would come from a process nobody can see.
  formatIdMap(uid);
  formatIdMap(gid);
  return mapSteps({ uid, gid, setgroups: deny ? 'deny' : 'allow', by: 'newuidmap' });
}
