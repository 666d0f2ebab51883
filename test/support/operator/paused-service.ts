import { expect } from 'vitest';
import { apiVersion } from '../../../src/api/mesh.ts';
import { eventually } from '../eventually.ts';
import { home, inIstio, type Site } from './site.ts';

const patience = { timeoutMs: 240_000 };

/** Pauses a MeshService, changes it and what was made of it, and sees that nothing follows before the pause ends. */
export async function pauseService(site: Site): Promise<void> {
  const { lab } = site;
  const metadata = { name: 'only-east', namespace: 'sample' };
  const service = { apiVersion, kind: 'MeshService', metadata, spec: { prefer: 'Locality' } };
  const inSample = ['-n', metadata.namespace] as const;
  const rule = [...inIstio, 'destinationrule', 'isthmus-sample-only-east'] as const;
  const ruleIn = async (cluster: string): Promise<string> =>
    await lab.kubectl(cluster, 'get', ...rule, '--ignore-not-found', '-o', 'jsonpath={.metadata.resourceVersion}');
  const areThere = async (): Promise<string | undefined> =>
    (await ruleIn(home)) === '' || (await ruleIn('east')) === '' ? 'a rule is missing' : undefined;
  await lab.kubectl(home, 'apply', '-f', await lab.file('service.json', JSON.stringify(service)));
  await eventually(areThere, patience);
  await lab.kubectl(home, ...inSample, 'annotate', 'meshservice', metadata.name, 'isthmus.dev/paused=true');
  const told = '--for=jsonpath={.status.conditions[0].reason}=Paused';
  await lab.kubectl(home, ...inSample, 'wait', `meshservice/${metadata.name}`, told, '--timeout=240s');
  const before = await ruleIn(home);
  const patch = JSON.stringify({ spec: { prefer: 'Cluster' } });
  await lab.kubectl(home, ...inSample, 'patch', 'meshservice', metadata.name, '--type=merge', '-p', patch);
  await lab.kubectl('east', 'delete', ...rule);
  for (const cluster of [home, 'east']) {
    const lost = await site.expendable(cluster);
    await site.lose(cluster);
    await site.back(cluster, lost);
  }
  expect(await Promise.all([ruleIn(home), ruleIn('east')])).toEqual([before, '']);
  await lab.kubectl(home, ...inSample, 'annotate', 'meshservice', metadata.name, 'isthmus.dev/paused-');
  await eventually(areThere, patience);
  await eventually(async () => ((await ruleIn(home)) === before ? 'it is as before' : undefined), patience);
  await lab.kubectl(home, ...inSample, 'delete', 'meshservice', metadata.name);
  await eventually(async () => ((await areThere()) === undefined ? 'the rules are there' : undefined), patience);
  await site.whole();
}
