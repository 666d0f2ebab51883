import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where we keep what can be made again (XDG Base Directory Specification). */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'isthmus');
}
