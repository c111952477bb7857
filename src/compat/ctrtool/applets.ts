/** Every applet of the original, by its names: those that are here, and those that are not. */
import type { Applet } from './call.js';

type Load = () => Promise<Applet>;

const launcher: Load = () => import('./launcher/index.js');

export const applets: Readonly<Record<string, Load>> = {
  launcher,
  'container-launcher': launcher,
  mount_seq: () => import('./mount-seq/index.js'),
  ns_open_file: () => import('./ns-open-file/index.js'),
};

export const missingApplets: readonly string[] = [
  'chroot_pivot',
  'container-rootfs-mount',
  'debug_shell',
  'init',
  'init2',
  'mini-init',
  'mini-init2',
  'pidfd_ctl',
  'ppid_check',
  'renameat2',
  'reset_cgroup',
  'rootfs-mount',
  'set_fds',
  'simple-renameat2',
  'syslogd',
  'tty_proxy',
];
