import { readFileSync } from 'node:fs';

interface Switch {
  readonly setting: string;
  readonly off: string;
}

/** The settings by which distributions take user namespaces from ordinary users. */
const switches: readonly Switch[] = [
  { setting: 'user/max_user_namespaces', off: '0' },
  { setting: 'kernel/unprivileged_userns_clone', off: '0' },
  { setting: 'kernel/apparmor_restrict_unprivileged_userns', off: '1' },
];

/** What an administrator can change when sandboxes do not start; undefined when these settings are not the cause. */
export function userNamespaceHint(): string | undefined {
  const found = switches.find(({ setting, off }) => read(setting) === off);
  if (!found) return undefined;
  const name = found.setting.replace('/', '.');
  return `This host keeps user namespaces from ordinary users (sysctl ${name} = ${found.off}); the sandbox needs them.`;
}

function read(setting: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${setting}`, 'utf8').trim();
  } catch {
    return undefined; // This kernel does not have the setting.
  }
}
