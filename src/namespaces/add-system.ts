/** `sudo nskit add NAME --owner USER`: a name made by root, with its stored program beside it. */
import { NskitError } from '../errors/index.js';
import { changing } from './change-lock.js';
import { writeStoredProgram } from './entering.js';
import { checkName } from './name.js';
import { announceRecord, publishRecord, type NameRecord } from './record.js';
import { isRealRoot, stateDirectory } from './state-directory.js';
import { cleanUpSystem, undoSystemName } from './system-clean-up.js';
import {
  checkIsNewSystemName,
  makeSystemName,
  type MakeSystemNameOptions,
  type Owner,
} from './system-names.js';

/** Throws ERR_NEEDS_ROOT, ERR_NAME_EXISTS. After an error nothing of the name is left. */
export async function addNameForOwner(
  name: string,
  owner: Owner,
  options: MakeSystemNameOptions = {},
): Promise<NameRecord> {
  checkName(name);
  if (!isRealRoot()) {
    throw new NskitError('ERR_NEEDS_ROOT', 'only root makes a namespace for another user', {
      hint: `"sudo nskit add ${name} --owner USER", or without --owner one of your own`,
    });
  }
  const state = stateDirectory();
  const record: NameRecord = {
    name,
    created: Date.now(),
    kinds: ['user'],
    isolated: false,
    files: false,
    owner,
  };
  return await changing(state, async () => {
    await cleanUpSystem(state);
    checkIsNewSystemName(name);
    try {
      announceRecord(state, record);
      await makeSystemName(name, owner, options);
      writeStoredProgram(state, record);
      publishRecord(state, name);
      return record;
    } catch (error) {
      await undoSystemName(state, name).catch(() => undefined);
      throw error;
    }
  });
}
