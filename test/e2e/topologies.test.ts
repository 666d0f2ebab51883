import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wanLink } from '../../lab/src/loadbalancer/wan-link.ts';
import { namespaceName } from '../../lab/src/state/paths.ts';
import type { VerifyReport } from '../../src/report/verify.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { everything } from '../support/everything.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { followPage, type PageSite } from '../support/page.ts';
import { wholeRows } from '../support/whole-rows.ts';

const clusters = [
  { name: 'west', network: 'us' },
  { name: 'north', network: 'us' },
  { name: 'east', network: 'eu' },
];

let site: TestLab;
/** What each cluster held before anything was installed. */
let empty: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  site = await startTestLab({ name: 'e2e-topo', clusters });
  // The namespaces of the examples are their users': they stay.
  await Promise.all(clusters.map(({ name }) => site.kubectl(name, 'create', 'namespace', 'sample')));
  empty = await state();
});

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

async function state(): Promise<Readonly<Record<string, readonly string[]>>> {
  const all = clusters.map(async ({ name }) => [name, await everything(site, name)] as const);
  return Object.fromEntries(await Promise.all(all));
}

/** What a page's commands said, by a part of the command; the page begins and ends with empty clusters. */
async function follow(page: string, instead?: PageSite['instead']): Promise<(part: string) => string> {
  const options = { site, cwd: checkout, ...(instead === undefined ? {} : { instead }) };
  const said = await followPage(`docs/topologies/${page}.md`, options);
  expect(await state()).toEqual(empty);
  return (part) => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
}

/** The lines of the pairs, as `west north ok Direct`. */
function pairs(text: string): string[] {
  return [...wholeRows(text).matchAll(/^([\w-]+) -> ([\w-]+)\s+(\w+)\s+(Direct|Gateway)/gm)].map((match) =>
    match.slice(1).join(' '),
  );
}

// npm run soak -- topologies follows every page; a remote on each kind of network is part of the mixed one.
test('two primaries on one network need no gateway', async () => {
  const said = await follow('one-network');
  expect(pairs(said('verify'))).toEqual(['west north ok Direct', 'north west ok Direct']);
  expect(said('verify')).toContain('4 of 4 checks passed');
  expect(said('apply')).not.toContain('gateway');
});

test('a control plane can run in another cluster, also that of a name as long as clouds give', async () => {
  const named = 'examples/external/mesh.yaml';
  const long = 'cn-shop-prod-331513-asia-southeast1-a-shop-cluster-of-the-shops';
  expect(long).toHaveLength(63);
  const example = await readFile(join(checkout, named), 'utf8');
  const text = example.replace(/name: east \}\nspec:/, `name: ${long} }\nspec:\n  access: { context: east }`);
  const said = await follow('external', { named, file: await site.file('external.yaml', text) });
  expect(wholeRows(said('status'))).toMatch(new RegExp(`^${long} .* 1/1 in .*Ready( west)?$`, 'm'));
  expect(pairs(said('verify'))).toEqual([`west ${long} ok Gateway`, `${long} west ok Gateway`]);
  expect(said('verify')).toContain('4 of 4 checks passed');
});

test('primaries, a remote and two networks go together', async () => {
  const said = await follow('mixed');
  expect(said('status')).toMatch(/^north .* 1\/1 in west .* Ready$/m);
  expect(pairs(said('verify'))).toEqual([
    'west north ok Direct',
    'west east ok Gateway',
    'north west ok Direct',
    'north east ok Gateway',
    'east west ok Gateway',
    'east north ok Gateway',
  ]);
  expect(said('verify')).toContain('9 of 9 checks passed');
});

describe('gateways', () => {
  const meshFile = (west: string, east: string): Promise<string> => {
    const mesh = 'kind: Mesh\nmetadata: {name: ways}\nspec: {istio: {version: "1.31"}}\n';
    const cluster = (name: string, network: string, gateway: string): string =>
      `kind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${network}, gateway: ${gateway}}\n`;
    const documents = [mesh, cluster('west', 'us', west), cluster('east', 'eu', east)];
    return site.file('ways.yaml', documents.map((text) => `apiVersion: isthmus.dev/v1alpha1\n${text}`).join('---\n'));
  };

  async function verified(mesh: string): Promise<Readonly<Record<string, readonly string[]>>> {
    endedWith(0, await site.isthmus.run(['apply', '-f', mesh]));
    endedWith(0, await site.isthmus.run(['plan', '-f', mesh, '--exit-code']));
    const report = jsonOf<VerifyReport>(
      endedWith(0, await site.isthmus.run(['verify', '-f', mesh, '-o', 'json'], { timeoutMs: 200_000 })),
    );
    return Object.fromEntries(report.pairs.map(({ to, via }) => [to, via]));
  }

  const service = ['-n', 'istio-system', 'get', 'service', 'istio-eastwestgateway', '-o'];
  const field = (cluster: string, path: string): Promise<string> =>
    site.kubectl(cluster, ...service, `jsonpath={${path}}`);

  test('are found by a host name and by the ports of the nodes', async () => {
    const mesh = await meshFile('{annotations: {isthmus.dev/lab-hostname: "true"}}', '{type: NodePort}');
    const via = await verified(mesh);
    expect(await field('west', '.status.loadBalancer.ingress[0].hostname')).toMatch(/\.west\.lb\.lab\.test$/);
    expect(via.west).toEqual([expect.stringMatching(/^198\.19\.\d+\.\d+:15443$/)]);
    const port = await field('east', '.spec.ports[?(@.port==15443)].nodePort');
    const node = await site.kubectl('east', 'get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[0].address}');
    expect(via.east).toEqual([`${node}:${port}`]);
  });

  test('are found behind address translation, where the mesh file says so', async () => {
    const wan = (await site.kubectl('east', 'config', 'view', '--minify', '-o', 'jsonpath={..server}')).match(
      /(\d+\.\d+\.\d+)\.\d+/,
    )?.[1];
    const outside = `${wan}.200`;
    const link = wanLink(namespaceName(site.lab.name, 'east'));
    await link.add(outside);
    await link.translate([{ address: outside, clusterIp: await field('east', '.spec.clusterIP') }]);
    const mesh = await meshFile('{}', `{addresses: ["${outside}"]}`);
    const via = await verified(mesh);
    expect(via.east).toEqual([`${outside}:15443`]);
    endedWith(0, await site.isthmus.run(['uninstall', '-f', mesh, '--yes', '--crds']));
    expect(await state()).toEqual(empty);
  });
});
