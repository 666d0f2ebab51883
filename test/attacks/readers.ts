import { meshName } from '../../src/api/name.ts';
import { asIsthmusError } from '../../src/base/error.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { answer, type Script, startScripted } from '../../src/kube/testing/scripted-server.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { createRoot } from '../../src/pki/authority.ts';
import { asCertificate, type Certificate, certificatesOf } from '../../src/pki/certificate.ts';
import { findChain } from '../../src/pki/chain.ts';
import { BasicConstraintsExtension, X509CertificateGenerator } from '../../src/pki/x509.ts';
import { redactObject } from '../../src/snapshot/redact.ts';
import { type Attack, isTaken, labels, one, steers } from './attack.ts';

/** What a reader of foreign data is given: objects that are deep, long or full of secrets, answers without end. */

const deep = 'deep objects';
const long = 'long objects and answers';
const filters = 'EnvoyFilters';
const annotated = 'annotations';
const leases = 'forged Leases';

const nested = (levels: number): string => `${'{"f:a":'.repeat(levels)}{}${'}'.repeat(levels)}`;

/** What is gained where one object of a list keeps the others from being read. */
function hides(content: 'Full' | 'Metadata', item: string): () => Promise<readonly string[]> {
  const text = `{"metadata":{},"items":[{"metadata":{"name":"fine"}},${item}]}`;
  return async () =>
    await withServer(
      (_, response) => response.writeHead(200).end(text),
      async (client) => {
        const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
        const found = await client.list(kind, { content, onUnreadable: () => undefined });
        return found.some(({ metadata: { name } }) => name === 'fine') ? [] : ['nothing is read'];
      },
    );
}

/** What is gained where an answer is taken that has no end, or none in sight. */
function endless(script: Script, read: (client: KubeClient) => Promise<unknown>): () => Promise<readonly string[]> {
  return async () =>
    await withServer(script, async (client) => {
      const refused = await read(client).then(() => undefined, asIsthmusError);
      return refused?.code === 'unexpected-response' ? [] : [`it is ${refused?.code ?? 'taken'}`];
    });
}

async function withServer<T>(script: Script, use: (client: KubeClient) => Promise<T>): Promise<T> {
  await using server = await startScripted(script);
  await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
  return await use(client);
}

const megabyte = 1024 ** 2;
const sendMegabytes =
  (count: number): Script =>
  (_, response) => {
    let left = count;
    const write = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(Buffer.alloc(megabyte, ' '))) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    response.writeHead(200, { 'content-type': 'application/json' });
    write();
  };

const secret = 'a-token-of-somebody';

/** What is gained where a text of an object is in the snapshot of it. */
const leaks = (kind: string, name: string, object: KubeObject): Attack => ({
  kind,
  name,
  gain: () => (JSON.stringify(redactObject(object)).includes(secret) ? ['it is in the snapshot'] : []),
});

const of = (text: string, metadata: object, content: JsonObject = {}): KubeObject => ({
  ...one(text, metadata),
  ...content,
});

/** How often a search for a chain checks a signature, of so many CA certificates with one name and one key. */
export async function signaturesChecked(count: number): Promise<number> {
  const { crypto } = globalThis;
  const root = certificatesOf(
    (await createRoot({ mesh: meshName.parse('shop') }, { crypto, now: Date.UTC(2026, 0, 1) })).certificate,
  );
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const alike = async (serial: number): Promise<Certificate> =>
    asCertificate(
      await X509CertificateGenerator.create({
        ...{ serialNumber: (serial + 16).toString(16), subject: 'CN=loop', issuer: 'CN=loop' },
        ...{ notBefore: new Date(Date.UTC(2026, 0, 1)), notAfter: new Date(Date.UTC(2027, 0, 1)) },
        ...{ publicKey: keys.publicKey, signingKey: keys.privateKey },
        signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
        extensions: [new BasicConstraintsExtension(true, undefined, true)],
      }),
    );
  const [leaf, ...between] = await Promise.all(Array.from({ length: count }, (_, serial) => alike(serial)));
  if (leaf === undefined) return 0;
  let checked = 0;
  const subtle = new Proxy(crypto.subtle, {
    get: (of, name) => {
      if (name === 'verify') checked += 1;
      const found: unknown = Reflect.get(of, name);
      return typeof found === 'function' ? found.bind(of) : found;
    },
  });
  const counting = new Proxy(crypto, { get: (of, name) => (name === 'subtle' ? subtle : Reflect.get(of, name)) });
  await findChain(counting, leaf, { between, roots: root });
  return checked;
}

const alike = (count: number): Attack => ({
  kind: 'certificates',
  name: `${count} of one name and one key`,
  gain: async () => ((await signaturesChecked(count)) > 17 ** 2 ? ['they are searched again and again'] : []),
});

const list = async (client: KubeClient): Promise<unknown> => await client.list({ apiVersion: 'v1', kind: 'Secret' });
const version = async (client: KubeClient): Promise<unknown> => await client.raw({ method: 'GET', path: '/version' });
const page = (token: string): JsonObject => ({ metadata: { resourceVersion: '1', continue: token }, items: [] });

export const attacksOnReaders: readonly Attack[] = [
  {
    kind: deep,
    name: 'managed fields of 5,000 levels, in a list of metadata',
    gain: hides('Metadata', `{"metadata":{"name":"deep","managedFields":[{"fieldsV1":${nested(5_000)}}]}}`),
  },
  {
    kind: deep,
    name: 'a field of 5,000 levels, in a list of whole objects',
    gain: hides('Full', `{"metadata":{"name":"deep"},"data":${nested(5_000)}}`),
  },
  {
    kind: long,
    name: 'pages for ever',
    gain: endless((_, response) => answer(response, 200, page('again')), list),
  },
  { kind: long, name: 'an answer of 70 MB', gain: endless(sendMegabytes(70), version) },

  alike(12),
  alike(40),

  leaks(
    annotated,
    'the whole Secret, as kapp writes it',
    of('v1/Secret prod/key', { annotations: { 'kapp.k14s.io/original': secret } }),
  ),
  leaks(
    annotated,
    'the whole Secret, as Rancher writes it',
    of('v1/Secret prod/key', { annotations: { 'objectset.rio.cattle.io/applied': secret } }),
  ),
  leaks(
    annotated,
    'settings of a program, on a Service',
    of('v1/Service prod/web', { annotations: { 'getambassador.io/config': secret } }, { spec: {} }),
  ),

  isTaken(filters, 'one with both labels', [one('networking.istio.io/v1alpha3/EnvoyFilter prod/filter', { labels })]),
  {
    kind: filters,
    name: 'one of 5,000 levels',
    gain: hides(
      'Full',
      `{"metadata":{"name":"filter"},"spec":{"configPatches":[{"patch":{"value":${nested(5_000)}}}]}}`,
    ),
  },
  leaks(
    filters,
    'one with the token of a header',
    of(
      'networking.istio.io/v1alpha3/EnvoyFilter prod/filter',
      {},
      {
        spec: { configPatches: [{ patch: { operation: 'MERGE', value: { authorization: secret } } }] },
      },
    ),
  ),

  isTaken(leases, 'one with both labels', [one('coordination.k8s.io/v1/Lease prod/mine', { labels })]),
  ...[
    ['the clipboard (OSC 52)', 'a\u001b]52;c;eA==\u0007'],
    ['a line of ours', 'x\r\nmesh shop: healthy'],
    ['a turned direction', 'a\u202e'],
  ].map(
    ([what, holder]): Attack => ({
      kind: leases,
      name: `${what} in its holder`,
      gain: () => steers(`held by ${holder}`),
    }),
  ),
];
