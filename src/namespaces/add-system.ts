/** `sudo nskit add NAME --owner USER`: a name made by root, with its stored program beside it. */
import { NskitError } from '../errors/index.js';
import { changing } from './change-lock.js';
import { writeStoredProgram } from './entering.js';
import { checkName } from './name.js';
import { announceRecord, publishRecord, removeFiles, type NameRecord } from './record.js';
import { isRealRoot, stateDirectory } from './state-directory.js';
import { addSystemName, deleteSystemName, type Owner } from './system-names.js';

/** Throws ERR_NEEDS_ROOT, ERR_NAME_EXISTS. */
export async function addNameForOwner(name: string, owner: Owner): Promise<NameRecord> {
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
    await addSystemName(name, owner);
    try {
      announceRecord(state, record);
      writeStoredProgram(state, record);
      publishRecord(state, name);
      return record;
    } catch (error) {
      await deleteSystemName(name).catch(() => undefined);
      removeFiles(state, name);
      throw error;
    }
  });
}
