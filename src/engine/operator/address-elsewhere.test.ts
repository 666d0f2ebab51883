import { expect, test } from 'vitest';
import { createFake } from '../../kube/testing/fake.ts';
import { addressElsewhere } from './address-elsewhere.ts';

const reachedAt = (server: string) => ({ ...createFake({ cluster: 'hub' }), server });

test.each(['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443', 'https://0.0.0.0:6443'])(
  '%s leads nowhere from another cluster',
  (server) => {
    expect(() => addressElsewhere(reachedAt(server), undefined)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(server) }),
    );
    expect(addressElsewhere(reachedAt(server), 'https://hub.example:6443')).toBe('https://hub.example:6443');
  },
);

test('any other address of the kubeconfig is that of other clusters too', () => {
  expect(addressElsewhere(reachedAt('https://10.0.0.1:6443'), undefined)).toBe('https://10.0.0.1:6443');
});
