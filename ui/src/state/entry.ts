import { paths } from '../../../src/dashboard/messages.ts';

/** `Refused`: the link was used, or the process that printed it has ended. */
export type Entrance = 'Open' | 'Refused' | 'Unreachable';

/** Exchanges the key behind the # for the cookie, and takes it out of the address, the history and what is shared of it. */
export async function enter(): Promise<Entrance> {
  const key = location.hash.slice(1);
  if (key !== '') history.replaceState(null, '', location.pathname + location.search);
  try {
    const entered = key === '' ? undefined : await fetch(paths.entry, { method: 'POST', body: key });
    // A reload, or a second use of the link in a browser that is in already.
    return entered?.ok === true || (await fetch(paths.about)).ok ? 'Open' : 'Refused';
  } catch {
    return 'Unreachable';
  }
}
