/** Command lines that repair things, as they read on this kind of machine. */
import { osReleaseField } from './proc-text.js';

export function setSysctl(setting: string): string {
  return `sudo sysctl -w ${setting.includes(' ') ? `"${setting}"` : setting}`;
}

type Obstacle = 'seccomp' | 'masks' | 'tun' | 'privileges';

const options: Record<Obstacle, { docker: string; podman: string; kubernetes: string }> = {
  seccomp: {
    docker: 'docker run --security-opt seccomp=unconfined ...',
    podman: 'podman run --security-opt seccomp=unconfined ...',
    kubernetes: 'in the pod: securityContext.seccompProfile.type: Unconfined',
  },
  masks: {
    docker: 'docker run --security-opt systempaths=unconfined ...',
    podman: 'podman run --security-opt unmask=ALL ...',
    kubernetes: 'in the pod: securityContext.procMount: Unmasked',
  },
  tun: {
    docker: 'docker run --device /dev/net/tun ...',
    podman: 'podman run --device /dev/net/tun ...',
    kubernetes: 'in the pod: mount /dev/net/tun (a device plugin, or a hostPath volume)',
  },
  privileges: {
    docker: 'docker run ... without --security-opt no-new-privileges',
    podman: 'podman run ... without --security-opt no-new-privileges',
    kubernetes: 'in the pod: securityContext.allowPrivilegeEscalation: true',
  },
};

/** What to change where a container is started, when we are in one, and what to do elsewhere. */
export function inContainerOr(
  container: string | undefined,
  obstacle: Obstacle,
  elsewhere: string,
): string {
  const known = options[obstacle];
  if (container === undefined || !Object.hasOwn(known, container)) return elsewhere;
  return `${known[container as keyof typeof known]}   (outside of containers: ${elsewhere})`;
}

const installers: readonly [distribution: RegExp, command: string][] = [
  [/\b(debian|ubuntu)\b/, 'sudo apt-get install uidmap'],
  [/\b(fedora|rhel|centos)\b/, 'sudo dnf install shadow-utils'],
  [/\barch\b/, 'sudo pacman -S shadow'],
  [/\balpine\b/, 'sudo apk add shadow-uidmap'],
  [/\b(suse|opensuse)\b/, 'sudo zypper install shadow'],
];

/** How newuidmap and newgidmap are installed, from the text of /etc/os-release. */
export function installMapHelpers(osRelease: string): string {
  const names = `${osReleaseField(osRelease, 'ID') ?? ''} ${osReleaseField(osRelease, 'ID_LIKE') ?? ''}`;
  const found = installers.find(([distribution]) => distribution.test(names));
  return found?.[1] ?? 'install newuidmap and newgidmap (package uidmap, shadow or shadow-utils)';
}
