/**
 * What `isthmus apply` does with the objects of one cluster, as a program of its own: `objects.ts CONTEXT FILE` reads
 * what is there, takes the lock, names the objects in the inventory and writes them stage by stage. The file is a JSON
 * array of objects; the report goes to standard output as JSON.
 */
import { readFile } from 'node:fs/promises';
import { clusterName } from '../../src/api/name.ts';
import { digest } from '../../src/apply/read/digest.ts';
import { createWriter } from '../../src/apply/run/writer.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { openContext } from '../../src/fleet/fleet.ts';
import { lockRef, openLock } from '../../src/fleet/lock.ts';
import { stages } from '../../src/istio/stages.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { refOf } from '../../src/objects/object.ts';
import { observe } from '../../src/observe/observe.ts';
import { ownedObject } from '../../src/plan/desired.ts';
import { inventoryObject, inventoryRef } from '../../src/plan/inventory.ts';
import { processPorts } from '../process-ports.ts';

const [, , context = '', file = ''] = process.argv;
const mesh = 'bench';
const { signal } = new AbortController();
const wanted = JSON.parse(await readFile(file, 'utf8')) as readonly KubeObject[];
const objects = wanted.map((object) => ownedObject(object, mesh));
const refs = wanted.map(refOf);

await using client = await openContext(context, processPorts());
let lists = 0;
const counting: typeof client = {
  ...client,
  list: async (...call) => {
    lists += 1;
    return await client.list(...call);
  },
};
await using lock = openLock({ client, mesh, holder: 'bench', clock: systemClock, signal, onHeld: () => undefined });
const seen = await client.get(lockRef(mesh));
const { live } = await observe(counting, { listed: refs, whole: [inventoryRef], signal });
const writer = createWriter({
  cluster: clusterName.parse(context),
  client,
  mesh,
  digest,
  drift: 'Repair',
  live,
  signal,
  beforeWrite: async () => void (await lock.hold(seen)),
});
await writer.ensure([ownedObject(inventoryObject(mesh, [...refs, inventoryRef]), mesh)]);
for (const stage of stages) await writer.ensure(objects.filter((object) => object.stage === stage));
const { user, system } = process.cpuUsage();
const processorMs = (user + system) / 1000;
process.stdout.write(JSON.stringify({ ...client.counts(), lists, ...writer.counts(), processorMs }));
