// Gets the machine ready. Root installs, makes a user and opens devices; anybody else takes the
// machine as it is and is told what it lacks.

import os from 'node:os';
import { ensureAccount } from './account.mjs';
import * as host from './host.mjs';
import { asRoot, oneself, otherUser } from './identity.mjs';
import { listMissing } from './missing.mjs';
import { installPackages } from './packages.mjs';
import { placeFor } from './place.mjs';
import { freshRuntimeDirectory } from './runtime.mjs';

const testUser = 'nskit-test';

// Returns the identities stages run under, where they run, and what cannot be tested here.
export function prepareMachine(stages) {
  if (stages.length === 0) return { missing: [] };
  return process.getuid() === 0 ? prepareAsRoot(stages) : prepareAsOrdinaryUser(stages);
}

function prepareAsRoot(stages) {
  const missing = [];
  // Unit tests too look at what a cross compiler made.
  installPackages();
  if (stages.some(({ needsKernel }) => needsKernel)) {
    attempt(host.openTunDevice, 'tests of the uplink', missing);
    attempt(host.openPingSockets, 'tests of ping', missing);
  }
  const account = ensureAccount(testUser);
  account.runtimeDirectory = host.makeRuntimeDirectory(account);
  account.runtimeDirectory = freshRuntimeDirectory(account);
  const user = otherUser(account);
  return {
    identities: { user, root: asRoot(account) },
    findPlace: () => placeFor(account, user),
    isPrepared: true,
    missing,
  };
}

function prepareAsOrdinaryUser(stages) {
  const needsRoot = stages.filter(({ identity }) => identity === 'root');
  const rootSentences = needsRoot.map(({ name }) => `${name} tests: only root can run them`);
  const needsKernel = stages.some((stage) => stage.needsKernel);
  return {
    identities: { user: oneself(ownRuntimeDirectory()) },
    findPlace: () => placeFor(),
    isPrepared: false,
    missing: [...rootSentences, ...(needsKernel ? listMissing() : [])],
  };
}

function ownRuntimeDirectory() {
  const { uid, gid } = os.userInfo();
  const standard = `/run/user/${uid}`;
  const fallback = host.canUse(standard) ? standard : undefined;
  return freshRuntimeDirectory({
    uid,
    gid,
    runtimeDirectory: process.env.XDG_RUNTIME_DIR ?? fallback,
  });
}

// A container may forbid these; the tests that need them will say so themselves.
function attempt(step, consequence, missing) {
  try {
    step();
  } catch (error) {
    missing.push(`${error.message}: ${consequence}`);
  }
}
