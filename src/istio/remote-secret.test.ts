import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { decodeBase64Text, encodeBase64Text } from '../base/base64.ts';
import type { KubeObject } from '../objects/object.ts';
import { parseRemoteSecret, remoteSecret } from './remote-secret.ts';

const access = {
  cluster: 'east',
  server: 'https://198.19.0.2:6443',
  certificateAuthority: '-----BEGIN CERTIFICATE-----\nnot a real one\n-----END CERTIFICATE-----\n',
  token: `header.${encodeBase64Text('{"exp":1795261426}').replaceAll('=', '')}.signature`,
};

function secretOf(data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'istio-remote-secret-east' }, data };
}

function kubeconfig(change: Record<string, unknown>): KubeObject {
  const text = stringify({
    'current-context': 'east',
    clusters: [{ name: 'east', cluster: { server: 'https://east' } }],
    contexts: [{ name: 'east', context: { cluster: 'east', user: 'east' } }],
    users: [{ name: 'east', user: { token: 'opaque' } }],
    ...change,
  });
  return secretOf({ east: encodeBase64Text(text) });
}

test('the Secret and the kubeconfig in it', async () => {
  const secret = remoteSecret(access);
  const data = secret.data as Record<string, string>;
  await expect(
    `${stringify({ ...secret, data: Object.keys(data) })}---\n${decodeBase64Text(data.east ?? '')}`,
  ).toMatchFileSnapshot('golden/remote-secret.yaml');
});

test('the cluster that it leads to is named by what nobody can take from it', () => {
  const { annotations } = remoteSecret({ ...access, identity: 'uid-1' }).metadata;
  expect(annotations).toEqual({ 'networking.istio.io/cluster': 'east', 'isthmus.dev/cluster-uid': 'uid-1' });
});

test('what was written is read back, without the token', () => {
  const read = parseRemoteSecret(remoteSecret(access));
  expect(read).toEqual([
    {
      cluster: 'east',
      readable: true,
      server: 'https://198.19.0.2:6443',
      hasAuthority: true,
      credential: 'Token',
      expires: 1795261426000,
    },
  ]);
  expect(JSON.stringify(read)).not.toContain('signature');
});

test('every cluster, server and token survives, whatever it looks like to YAML', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,20}$/);
  fc.assert(
    fc.property(word, fc.webUrl(), fc.stringMatching(/^[A-Za-z0-9_.-]{1,900}$/), (cluster, server, token) => {
      const [read] = parseRemoteSecret(remoteSecret({ ...access, cluster, server, token }));
      expect(read).toMatchObject({ cluster, readable: true, server, credential: 'Token' });
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['a token that does not expire', {}, { credential: 'Token', expires: undefined, hasAuthority: false }],
  ['a program instead of a token', { users: [{ name: 'east', user: { exec: {} } }] }, { credential: 'Other' }],
  ['no user', { users: [] }, { credential: 'None' }],
  ['an empty user', { users: [{ name: 'east', user: null }] }, { credential: 'None' }],
  ['a context that is not there', { 'current-context': 'west' }, { readable: false }],
  ['no server', { clusters: [{ name: 'east', cluster: {} }] }, { readable: false }],
  ['another cluster', { clusters: [] }, { readable: false }],
])('a kubeconfig with %s', (_, change, expected) => {
  expect(parseRemoteSecret(kubeconfig(change))).toEqual([expect.objectContaining(expected)]);
});

test('a value that cannot be read is reported without its content', () => {
  const read = parseRemoteSecret(
    secretOf({ a: 'no base64!', b: encodeBase64Text('token: [sesame'), c: encodeBase64Text('sesame') }),
  );
  expect(read.map(({ cluster, readable }) => [cluster, readable])).toEqual([
    ['a', false],
    ['b', false],
    ['c', false],
  ]);
  expect(JSON.stringify(read)).not.toContain('sesame');
  expect(parseRemoteSecret({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'empty' } })).toEqual([]);
});
