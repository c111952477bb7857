/** The caller's environment as far as it makes sense inside. */
import { step, type Program } from '../../native/index.js';

/** They name sockets, folders and sessions of the host, which are not there. */
const dropped = [
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'XDG_SESSION_ID',
  'DBUS_SESSION_BUS_ADDRESS',
  'DBUS_SYSTEM_BUS_ADDRESS',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'GPG_AGENT_INFO',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'WAYLAND_SOCKET',
  'XAUTHORITY',
  'ICEAUTHORITY',
  'SESSION_MANAGER',
  'PULSE_SERVER',
  'PIPEWIRE_REMOTE',
  'DOCKER_HOST',
  'CONTAINER_HOST',
  'KRB5CCNAME',
  'NOTIFY_SOCKET',
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
  'MAIL',
  'OLDPWD',
];

const changed: Readonly<Record<string, string>> = { HOME: '/root', USER: 'root', LOGNAME: 'root' };

/** In a process of its own memory only: the variables are changed where they are. */
export function isolatedEnvironment(): Program {
  const change = (name: string, text: string | 0): ReturnType<typeof step> =>
    step(`take ${name} out of the environment`, 'changeEnvironment', [name, text]);
  return [
    ...dropped.map((name) => change(name, 0)),
    ...Object.entries(changed).map(([name, value]) => change(name, `${name}=${value}`)),
  ];
}
