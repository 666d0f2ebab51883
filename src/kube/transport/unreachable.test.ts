import { expect, test } from 'vitest';
import { connectionProblem, unreachableError } from './unreachable.ts';

const coded = (code: string): Error => Object.assign(new Error('words of the system'), { code });

test.each([
  [coded('ECONNREFUSED'), 'Refused', 'the connection was refused'],
  [new AggregateError([coded('ECONNREFUSED')]), 'Refused', 'the connection was refused'],
  [new Error('outer', { cause: coded('ENOTFOUND') }), 'HostNotFound', 'the host name was not found'],
  [coded('UND_ERR_CONNECT_TIMEOUT'), 'TimedOut', 'the connection timed out'],
  [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'Certificate', 'its certificate is not trusted (self-signed)'],
  [coded('CERT_REVOKED'), 'Certificate', 'its certificate is not trusted (CERT_REVOKED)'],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'Tls', 'the TLS handshake failed (ERR_SSL_WRONG_VERSION_NUMBER)'],
  [new Error('Proxy response (403) !== 200 when HTTP Tunneling'), 'Proxy', 'the proxy refused the connection'],
  ['nonsense', 'Other', 'the connection failed'],
])('%s is %s', (error, kind, words) => {
  expect(connectionProblem(error)).toEqual({ kind, words });
});

test('the error names cluster, address and reason, and whether to try again', () => {
  const about = { cluster: 'west', server: 'https://west:6443', origin: 'context w in a.yaml', cause: undefined };
  expect(unreachableError({ kind: 'Refused', words: 'the connection was refused' }, about)).toMatchObject({
    code: 'cluster-unreachable',
    message: 'cluster west: cannot reach https://west:6443: the connection was refused',
    retry: true,
  });
  expect(unreachableError({ kind: 'Certificate', words: 'x' }, about).retry).toBe(false);
});

test('the remedy names the access, and kubectl where a context tells it the way', () => {
  const about = { cluster: 'west', server: 'https://west:6443', origin: 'context w in a.yaml', cause: undefined };
  const remedyOf = (context?: string): unknown =>
    unreachableError({ kind: 'Other', words: 'x' }, { ...about, context }).remedy;
  expect(remedyOf()).toBe('check the server address of context w in a.yaml');
  expect(remedyOf('w')).toEqual([
    'check the server address of context w in a.yaml; try ',
    { do: 'Execute', program: 'kubectl', args: ['--context', 'w', 'version'] },
  ]);
});
