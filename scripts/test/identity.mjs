// Who a stage runs as: a prefix for its command line, and its environment.

import path from 'node:path';

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// A fresh environment, so that a test cannot come to depend on the developer's. What is meant for
// nskit or says "no person is watching" passes.
function cleanEnvironment({ name, home, runtimeDirectory }) {
  const passed = Object.entries(process.env).filter(([key]) => /^(NSKIT_.*|CI|TERM)$/.test(key));
  return {
    ...Object.fromEntries(passed),
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: '/bin/bash',
    PATH: `${path.dirname(process.execPath)}:${systemPath}`,
    LANG: 'C.UTF-8',
    ...(runtimeDirectory && { XDG_RUNTIME_DIR: runtimeDirectory }),
  };
}

export function otherUser(account) {
  const { uid, gid } = account;
  const become = ['setpriv', '--reuid', uid, '--regid', gid, '--init-groups', '--reset-env', '--'];
  return { become: become.map(String), env: cleanEnvironment(account) };
}

// Root's tests act for an ordinary user, and learn here which.
export function asRoot(account) {
  const root = cleanEnvironment({ name: 'root', home: '/root' });
  return { become: [], env: { ...root, NSKIT_TEST_USER: account.name } };
}

// Debian's ordinary users do not have sbin in PATH, where sysctl, nft and the DHCP clients are.
export const oneself = (runtimeDirectory) => ({
  become: [],
  env: {
    ...process.env,
    PATH: `${process.env.PATH}:${systemPath}`,
    XDG_RUNTIME_DIR: runtimeDirectory,
  },
});

// The same user with this Node instead of the one that runs us.
export function withNode({ become, env }, node) {
  return { become, env: { ...env, PATH: `${path.dirname(node)}:${env.PATH}` } };
}

// `env` comes after the change of user, which resets the environment.
export function commandLine({ become, env }, command) {
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  return become.length > 0 ? [...become, 'env', ...settings, ...command] : command;
}
