/**
 * What `isthmus apply` does for the credentials of a mesh, as a program of its own: `credentials.ts FILE` reads every
 * cluster of the mesh file, takes the lock, and lets each cluster write its inventory, make its reader account with a
 * token and hold a remote secret for each peer. Nothing of Istio is written. The report goes to standard output as JSON.
 */
import { readFile } from 'node:fs/promises';
import { digest } from '../../src/apply/read/digest.ts';
import { fact, factsOf, meshFacts } from '../../src/apply/read/facts.ts';
import { linkRefs, linksOf } from '../../src/apply/read/links.ts';
import {
  applyStage,
  type ClusterRun,
  connect,
  provideCredentials,
  writeInventory,
} from '../../src/apply/run/apply-cluster.ts';
import { createWriter } from '../../src/apply/run/writer.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { openFleet } from '../../src/fleet/fleet.ts';
import { lockRef, openLock } from '../../src/fleet/lock.ts';
import type { Stage } from '../../src/istio/stages.ts';
import type { DeclaredMesh } from '../../src/mesh/declared.ts';
import { readText } from '../../src/mesh/text/read-text.ts';
import { refKey, refOf } from '../../src/objects/object.ts';
import { observe } from '../../src/observe/observe.ts';
import { desiredObjects } from '../../src/plan/desired.ts';
import { inventoryRef } from '../../src/plan/inventory.ts';
import { resolveMesh } from '../../src/topology/resolved-mesh.ts';
import type { ClusterTopology } from '../../src/topology/topology.ts';
import { processPorts } from '../process-ports.ts';

const [, , file = ''] = process.argv;
const declared = await readDeclared();
const resolved = resolveMesh(declared);
const { name: mesh, home, topology: ofMesh } = resolved;
const { signal } = new AbortController();
const limitMs = 120_000;
const { clusters } = ofMesh;
const facts = meshFacts(ofMesh);
/** Of what is not rendered: namespaces, the reader's account and rights, its token. */
const stages: readonly Stage[] = ['Namespace', 'Access', 'ControlPlane'];

await using fleet = await openFleet(declared.clusters, { ...processPorts(), signal }, { home });
const homeClient = fleet.client(home);
const seen = await homeClient.get(lockRef(mesh));
await using lock = openLock({
  client: homeClient,
  mesh,
  holder: 'bench',
  clock: systemClock,
  signal,
  onHeld: () => undefined,
});

async function readDeclared(): Promise<DeclaredMesh> {
  const read = readText(await readFile(file, 'utf8'), file);
  if (read.declared === undefined) throw new Error(`${file} declares no mesh`);
  return read.declared;
}

async function runOf(topology: ClusterTopology): Promise<ClusterRun> {
  const { name } = topology;
  const client = fleet.client(name);
  const objects = desiredObjects(resolved, topology, () => []).filter(({ stage }) => stages.includes(stage));
  const listed = [
    ...objects.map(({ object }) => refOf(object)),
    ...linkRefs(topology, objects).flatMap(({ refs }) => refs),
  ];
  const { live, whole } = await observe(client, { listed, whole: [inventoryRef], signal });
  const beforeWrite = async (): Promise<void> => void (await lock.hold(seen));
  return {
    topology,
    mesh,
    client,
    identity: fleet.open.find((member) => member.name === name)?.health.identity,
    crypto: globalThis.crypto,
    clock: systemClock,
    signal,
    limitMs,
    objects,
    writer: createWriter({ cluster: name, client, mesh, digest, drift: 'Repair', live, signal, beforeWrite }),
    inventory: whole.get(refKey(inventoryRef)),
    istiod: undefined,
    facts,
    issuerStored: { ...fact<void>(), isOurs: false },
    rights: fact(),
    turn: undefined,
    report: () => undefined,
    onInjecting: () => undefined,
  };
}

await Promise.all(
  clusters.map(async (topology) => {
    const run = await runOf(topology);
    const own = factsOf(facts, topology.name);
    await applyStage(run, 'Namespace');
    await writeInventory(run);
    await applyStage(run, 'Access');
    await applyStage(run, 'ControlPlane');
    await provideCredentials(run, own);
    own.ready.provide();
    const unconnected = await connect(run, linksOf(run));
    for (const { error } of unconnected) throw error;
  }),
);
const counts = fleet.open.map(({ client }) => client.counts());
const sum = (what: 'requests' | 'writes'): number => counts.reduce((total, one) => total + one[what], 0);
process.stdout.write(JSON.stringify({ requests: sum('requests'), writes: sum('writes') }));
