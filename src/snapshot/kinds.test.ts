import { expect, test } from 'vitest';
import { refuseUnpredicted } from './kinds.ts';

const metadata = { name: 'web', namespace: 'shop' };

test('a change of a kind that no prediction reads is refused, with the kinds that are read', () => {
  refuseUnpredicted({ apiVersion: 'networking.istio.io/v1beta1', kind: 'DestinationRule', metadata });
  for (const [apiVersion, kind] of [
    ['apps/v1', 'Deployment'],
    ['networking.istio.io/v1', 'DestinationRules'],
    ['networking.k8s.io/v1', 'Service'],
  ] as const) {
    expect(() => refuseUnpredicted({ apiVersion, kind, metadata })).toThrow(
      expect.objectContaining({ code: 'invalid-config', remedy: expect.stringContaining('DestinationRule') }),
    );
  }
});
