import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { istiodOf } from '../testing/fake-objects.ts';
import { flagAssumptions, followedFlags } from './istiod-flags.ts';

test('every flag that the model asks for counts as followed', () => {
  const source = join(import.meta.dirname, '..');
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('.test.ts'));
  const asked = files.flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    return [...text.matchAll(/(?:isOn|setting)\([\w.]+, '([A-Z_0-9]+)'/g)].map(([, name]) => name);
  });
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter((name) => name !== undefined && !followedFlags.has(name))).toEqual([]);
});

test('flags that are set and not known are named, the others are not', () => {
  const flags = { REVISION: 'default', CITADEL_SELF_SIGNED_CA_CERT_TTL: '1h', PLATFORM: 'k3s' };
  expect(flagAssumptions(istiodOf({ flags }))).toEqual([]);
  const odd = { ...flags, PILOT_FILTER_GATEWAY_CLUSTER_CONFIG: 'true', ISTIO_WATCH_NAMESPACE: 'shop' };
  expect(flagAssumptions(istiodOf({ flags: odd }))).toEqual([
    'The istiod of c1 runs with settings that the model does not know, and that are taken to change nothing: ISTIO_WATCH_NAMESPACE, PILOT_FILTER_GATEWAY_CLUSTER_CONFIG.',
  ]);
});
