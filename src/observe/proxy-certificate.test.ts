import { describe, expect, test } from 'vitest';
import { meshName } from '../api/name.ts';
import { encodeBase64Text } from '../base/base64.ts';
import { createIssuer, createRoot } from '../pki/authority.ts';
import { parseSecrets, sampleProxies } from './proxy-certificate.ts';
import type { ProxyPod } from './proxy-pods.ts';

const environment = { crypto: globalThis.crypto, now: Date.UTC(2026, 10, 21) };
const mesh = meshName.parse('shop');

describe('parseSecrets', () => {
  test("reads the roots and the whole chain of Envoy's two secrets, whatever else it has", async () => {
    const root = await createRoot({ mesh }, environment);
    const issuer = await createIssuer(root, { mesh, trustDomain: 'cluster.local' }, environment);
    const bytes = (pem: string) => ({ inline_bytes: encodeBase64Text(pem) });
    const chain = bytes(issuer.certificate + root.certificate);
    const redacted = bytes('[redacted]');
    const found = parseSecrets(
      JSON.stringify({
        configs: [
          { name: 'kubernetes://gateway-cert', secret: { tls_certificate: { certificate_chain: redacted } } },
          { name: 'default', secret: { tls_certificate: { certificate_chain: chain, private_key: redacted } } },
          { name: 'ROOTCA', secret: { validation_context: { trusted_ca: bytes(root.certificate) } } },
        ],
      }),
    );
    expect(found?.presents.map(({ x509 }) => x509.subject)).toEqual([
      expect.stringContaining('issuer CA'),
      expect.stringContaining('root CA'),
    ]);
    expect(found?.trusts.map(({ x509 }) => x509.subject)).toEqual([expect.stringContaining('root CA')]);
  });

  test('a proxy that has no certificate yet presents none', () => {
    expect(parseSecrets('{}')).toEqual({ trusts: [], presents: [] });
    expect(parseSecrets('{"configs":[{"name":"default"}]}')).toEqual({ trusts: [], presents: [] });
  });

  test('more certificates than a proxy can have are not read', async () => {
    const root = await createRoot({ mesh }, environment);
    const body = (count: number): string => {
      const certificate_chain = { inline_bytes: encodeBase64Text(root.certificate.repeat(count)) };
      return JSON.stringify({ configs: [{ name: 'default', secret: { tls_certificate: { certificate_chain } } }] });
    };
    expect(parseSecrets(body(16))?.presents).toHaveLength(16);
    expect(parseSecrets(body(17))).toBeUndefined();
  });

  test('anything else is not understood', () => {
    for (const body of ['', 'not found', '{"configs":1}']) expect(parseSecrets(body)).toBeUndefined();
  });
});

describe('sampleProxies', () => {
  const pod = (namespace: string, name: string, type: ProxyPod['type'] = 'Sidecar') => ({
    namespace,
    name,
    type,
  });
  const all = [
    pod('istio-system', 'gateway-1', 'Gateway'),
    pod('a', 'a-1'),
    pod('a', 'a-2'),
    pod('a', 'a-3'),
    pod('b', 'b-1'),
    pod('istio-system', 'gateway-2', 'Gateway'),
  ];
  const names = (limit: number): readonly string[] => sampleProxies(all, limit).map(({ name }) => name);

  test('takes every gateway, and sidecars of as many namespaces as it may', () => {
    expect(names(0)).toEqual(['gateway-1', 'gateway-2']);
    expect(names(2)).toEqual(['gateway-1', 'gateway-2', 'a-1', 'b-1']);
    expect(names(3)).toEqual(['gateway-1', 'gateway-2', 'a-1', 'b-1', 'a-2']);
    expect(names(Number.POSITIVE_INFINITY)).toHaveLength(all.length);
  });

  test('asks no thousands of pods that say that they are gateways, and those of Istio whatever there are besides', () => {
    const said = Array.from({ length: 1_000 }, (_, at) => pod('a', `a-${at}`, 'Gateway'));
    const asked = sampleProxies([...said, ...all], 0);
    expect(asked).toHaveLength(22);
    expect(asked.filter(({ namespace }) => namespace === 'istio-system')).toHaveLength(2);
  });
});
