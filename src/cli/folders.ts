import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where we keep things of the user's (XDG Base Directory Specification). */
export function userFolder(kind: 'cache' | 'state', env: Readonly<Record<string, string | undefined>>): string {
  const [variable, fallback] = kind === 'cache' ? ['XDG_CACHE_HOME', '.cache'] : ['XDG_STATE_HOME', '.local/state'];
  return join(env[variable] || join(homedir(), fallback), 'isthmus');
}
