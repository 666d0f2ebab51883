import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { followPage } from '../support/page.ts';

let site: TestLab;

beforeAll(async () => {
  site = await startTestLab({ name: 'e2e-docs', clusters: twoClusters });
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

/** What the page of init takes for granted: an IstioOperator file that somebody installed from. */
const operator = `apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: default
  values: {global: {meshID: books, network: us, multiCluster: {clusterName: west}}}
`;

test('the page of init writes mesh files that plan takes, from empty clusters and from settings', async () => {
  await site.file('west.yaml', operator);
  const said = await followPage('docs/init.md', { site, cwd: site.folder });
  const by = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  expect(by('--context west')).toMatch(/^west +west +us +v1\.\d+\.\d+\S* +[\d./]+ +none$/m);
  expect(by('--context west')).toMatch(/^wrote shop\.yaml\nnext: isthmus plan -f shop\.yaml$/m);
  expect(by('isthmus plan -f shop.yaml')).toMatch(/\+ Deployment istio-system\/istiod/);
  expect(by('--from west.yaml')).toMatch(/^left out west\.yaml spec\.profile: /m);
  expect(by('--from west.yaml')).toMatch(/^mesh books: 1 cluster$/m);
});

test('the quick start works from its first command to its last, on empty clusters', async () => {
  const said = await followPage('docs/quick-start.md', { site, cwd: checkout });
  const by = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  expect(by('isthmus plan')).toMatch(/\+ Deployment istio-system\/istiod/);
  expect(by('isthmus status')).toMatch(/mesh shop: healthy/);
  expect(by('remote-clusters')).toMatch(/east\s+istio-system\/istio-remote-secret-east\s+synced/);
  expect(by('isthmus verify')).toMatch(/4 of 4 checks passed/);
});
