import type { KubeClient } from '../kube/client.ts';
import { disarm, readUndo } from './arm.ts';
import { type UndoPorts, undoIn } from './undo.ts';

/** Puts right what a process left that was killed, before another begins the same. */
export async function putEarlierRight(clients: Iterable<KubeClient>, name: string, ports: UndoPorts): Promise<void> {
  for (const client of clients) {
    const record = await readUndo(client, name, ports.signal);
    if (record === undefined) continue;
    await undoIn(client, record, ports);
    await disarm(client, name, ports.signal);
  }
}
