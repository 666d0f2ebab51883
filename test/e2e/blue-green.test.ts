import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatusReport } from '../../src/report/status.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { followPage, yamlOf } from '../support/page.ts';
import { undoersLeft } from '../support/shifts.ts';
import { nothingLost, type SteadyCount, steadyManifest, underTraffic } from '../support/steady.ts';

const page = 'docs/blue-green.md';
const clusters = [
  { name: 'blue', network: 'us' },
  { name: 'green', network: 'eu' },
];
const services = { catalog: { service: 'catalog' }, cart: { service: 'cart' }, stock: { service: 'stock' } };

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-blue', clusters });
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** Runs a section of the page; gives what a command said that has this part. */
async function follow(section: string): Promise<(part: string) => string> {
  const said = await followPage(page, { site: lab, cwd: lab.folder, section });
  expect(said.size).toBeGreaterThan(0);
  return (part) => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
}

/** The documents of the mesh and of both clusters. */
function places(): readonly string[] {
  return yamlOf(page, '# mesh.yaml\n').split('---\n').slice(0, 3);
}

/** The mesh file with these documents of services. */
async function declare(...ofServices: readonly string[]): Promise<void> {
  await lab.file('mesh.yaml', [...places(), ...ofServices].join('---\n'));
}

/** A pod in the cluster that the requests are sent from. */
async function makeCaller(cluster: string): Promise<void> {
  const target = ['-n', 'shop'];
  await lab.kubectl(cluster, ...target, 'apply', '-f', join(checkout, 'lab/manifests/client.yaml'));
  await lab.kubectl(cluster, ...target, 'rollout', 'status', 'deployment/client', '--timeout=240s');
}

/** Requests from a cluster to a service while `work` is done; none of them is lost. */
async function whileCalled(cluster: string, service: string, work: () => Promise<void>): Promise<void> {
  const counts: ReadonlyMap<string, SteadyCount> = await underTraffic(lab, [cluster], work, service);
  console.info(`from ${cluster} to ${service}:`);
  nothingLost(counts);
}

test('the page leads from two empty clusters to the blue one removed, and no request is lost', async () => {
  await lab.file('mesh.yaml', yamlOf(page, '# mesh.yaml\n'));
  await lab.file('shop.yaml', steadyManifest(services));
  expect((await follow('1. '))('apply --verify')).toContain('4 of 4 checks passed');
  await Promise.all([follow('2. '), makeCaller('blue'), makeCaller('green')]);
  await whileCalled('green', 'catalog', async () => {
    await whileCalled('green', 'cart', async () => {
      await whileCalled('blue', 'catalog', async () => {
        await shiftAll();
      });
      await leave();
    });
  });
});

async function shiftAll(): Promise<void> {
  const before = (await follow('3. '))('service show');
  expect(before).toMatch(/^endpoints +blue 2, green 2$/m);
  expect(before).toMatch(/^green +5000 .*blue 100%/m);
  const named = endedWith(5, await lab.isthmus.run(['leave', 'blue', '-f', 'mesh.yaml', '--yes']));
  expect(named.stderr).toContain('MeshService shop/catalog sends 100 % of its requests to blue');
  const first = await follow('4. ');
  expect(first('shift catalog.shop')).toContain('every step is passed');
  // From either cluster nothing failed, and all of it went to green.
  const shown = first('--measure');
  for (const from of ['blue', 'green']) expect(shown).toMatch(new RegExp(`^${from} +[1-9]\\d* +0 `, 'm'));
  expect(shown.match(/ green +100% /g)).toHaveLength(2);
  const unnamed = await lab.file('unnamed.yaml', places().join('---\n'));
  const moving = endedWith(5, await lab.isthmus.run(['leave', 'blue', '-f', unnamed, '--yes']));
  expect(moving.stderr).toContain('a shift of catalog.shop is under way');
  await follow('5. ');
  await declare(yamlOf(page, '# catalog\n'), ...yamlOf(page, '# mesh.yaml\n').split('---\n').slice(4));
  const rest = await follow('6. ');
  const passed = rest("shift '*.shop'");
  expect(passed).toContain('every step is passed');
  expect(passed).toMatch(/^services +cart\.shop, stock\.shop$/m);
  await declare(yamlOf(page, '# catalog\n'), yamlOf(page, '# cart and stock\n'));
}

async function leave(): Promise<void> {
  const left = (await follow('7. '))('leave blue');
  expect(left).toMatch(/^blue: 0 objects left in /m);
  await lab.file('mesh.yaml', yamlOf(page, '# mesh.yaml, at the end\n'));
  const said = await follow('8. ');
  expect(said('apply')).toContain('deleted');
  const status = endedWith(0, await lab.isthmus.run(['status', '-f', 'mesh.yaml', '-o', 'json']));
  expect(jsonOf<StatusReport>(status)).toMatchObject({ ok: true, clusters: [{ cluster: 'green' }] });
  endedWith(0, await lab.isthmus.run(['plan', '-f', 'mesh.yaml', '--exit-code']));
  const rules = ['-n', 'istio-system', 'get', 'destinationrules,virtualservices', '-o', 'name'];
  expect(await lab.kubectl('green', ...rules)).toBe('');
  expect(await undoersLeft(lab, clusters)).toEqual([]);
  expect(await lab.kubectl('blue', 'get', 'deployments,mutatingwebhookconfigurations', '-A', '-o', 'name')).not.toMatch(
    /istio|shop/,
  );
}
