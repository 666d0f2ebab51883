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

test('the quick start works from its first command to its last, on empty clusters', async () => {
  const said = await followPage('docs/quick-start.md', { site, cwd: checkout });
  const by = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  expect(by('isthmus plan')).toMatch(/\+ Deployment istio-system\/istiod/);
  expect(by('isthmus status')).toMatch(/mesh shop: healthy/);
  expect(by('remote-clusters')).toMatch(/east\s+istio-system\/istio-remote-secret-east\s+synced/);
  expect(by('isthmus verify')).toMatch(/4 of 4 checks passed/);
});
