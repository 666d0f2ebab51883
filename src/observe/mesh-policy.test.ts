import { expect, test } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { readDisabledMtls } from './mesh-policy.ts';

const { signal } = new AbortController();

function policy(path: string, day: number, spec: object): KubeObject {
  const [namespace = '', name = ''] = path.split('/');
  const creationTimestamp = `2026-01-0${day}T00:00:00Z`;
  const kind = { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication' };
  return { ...kind, metadata: { namespace, name, creationTimestamp }, spec: JSON.parse(JSON.stringify(spec)) };
}

async function disabledBy(...objects: readonly KubeObject[]): Promise<string | undefined> {
  const fake = createFake({ objects });
  // The fake says itself when it got them.
  const list: KubeClient['list'] = async (kind, options) => {
    const names = (await fake.list(kind, options)).map(({ metadata }) => metadata.name);
    return objects.filter(({ metadata }) => names.includes(metadata.name));
  };
  return await readDisabledMtls({ ...fake, list }, signal);
}

const off = { mtls: { mode: 'DISABLE' } };

test('the oldest PeerAuthentication for all of the root namespace counts', async () => {
  expect(await disabledBy()).toBeUndefined();
  const first = policy('istio-system/first', 1, off);
  const second = policy('istio-system/second', 2, { mtls: { mode: 'STRICT' } });
  expect(await disabledBy(second, first)).toBe('PeerAuthentication istio-system/first');
  expect(
    await disabledBy({ ...second, metadata: { ...second.metadata, creationTimestamp: '2025-01-01T00:00:00Z' } }, first),
  ).toBeUndefined();
});

test('one with a selector, or of another namespace, is not of the whole mesh', async () => {
  const one = policy('istio-system/one', 1, { ...off, selector: { matchLabels: { app: 'one' } } });
  expect(await disabledBy(one, policy('shop/default', 1, off))).toBeUndefined();
});
