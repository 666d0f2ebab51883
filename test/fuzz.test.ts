import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../src/api/name.ts';
import { digest } from '../src/apply/read/digest.ts';
import { encodeBase64Text } from '../src/base/base64.ts';
import { IsthmusError } from '../src/base/error.ts';
import { canonicalJson, type Json } from '../src/base/json.ts';
import { systemClock } from '../src/base/system-clock.ts';
import { renderFindings } from '../src/cli/shell/finding-text.ts';
import { parseRemoteSecret } from '../src/istio/remote-secret.ts';
import { accessOfContext } from '../src/kube/access/context.ts';
import { askPlugin, type RunPlugin } from '../src/kube/access/exec-plugin.ts';
import { parseKubeconfig } from '../src/kube/access/kubeconfig.ts';
import { readText } from '../src/mesh/text/read-text.ts';
import { createIntermediate, createIssuer, createRoot } from '../src/pki/authority.ts';
import { caCertsTexts } from '../src/pki/bundle.ts';
import { describeCertificate, isSignedBy, parseCertificates } from '../src/pki/certificate.ts';
import { findChain } from '../src/pki/chain.ts';
import { checkBundle } from '../src/pki/check-bundle.ts';
import { formatPem, parsePem } from '../src/pki/pem.ts';
import { parsePrivateKey } from '../src/pki/private-key.ts';
import { readIssuer } from '../src/pki/read-issuer.ts';
import { inventoryObject, parseInventory } from '../src/plan/inventory.ts';
import { parsePlanFile } from '../src/plan/plan-file.ts';
import { parseClientLines } from '../src/probe/protocol.ts';
import { parseReachLines } from '../src/probe/reach.ts';
import { canary, deeds, mutated, repeats } from './fuzz/damage.ts';

/** Always the same cases, so that a failure can be repeated: the seed is in its message. */
const runs = { seed: 20_261_121, numRuns: 300 } as const;

/** The message and remedy of what was thrown; any other error than those for users fails the test. */
function saidBy(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code === 'internal') throw error;
    return `${error.message}\n${error.remedy ?? ''}`;
  }
}

const meshFile = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec:
  istio: {version: "1.31", values: {pilot: {env: {A: b}}}, meshConfig: {accessLogFile: /dev/stdout}}
  trust: {issuer: {files: {certificate: a.pem, privateKey: b.pem, root: c.pem}}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us, injectNamespaces: [sample], gateway: {addresses: ["1.2.3.4:15443"]}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshService
metadata: {name: cart, namespace: sample}
spec: {}
`;

const authority = encodeBase64Text(`-----BEGIN CERTIFICATE-----\n${canary}\n-----END CERTIFICATE-----\n`);

const kubeconfig = `apiVersion: v1
kind: Config
current-context: west
clusters:
- name: west
  cluster: {server: "https://west.example:6443", certificate-authority-data: ${authority}}
users:
- name: ann
  user:
    token: ${canary}
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: login
      env: [{name: PASSWORD, value: ${canary}}]
      interactiveMode: Never
- name: bob
  user: {client-certificate-data: ${canary}, client-key-data: ${canary}}
contexts:
- name: west
  context: {cluster: west, user: ann}
- name: east
  context: {cluster: west, user: bob}
`;

const secret = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'cacerts', namespace: 'istio-system' },
  data: { 'ca-key.pem': canary, 'ca-cert.pem': canary },
});
const pastedKey = meshFile.replace('b.pem', `"-----BEGIN PRIVATE KEY-----\\n${canary}\\n-----END PRIVATE KEY-----"`);

describe('a mesh file', () => {
  test('that is damaged, or is a file with secrets instead, is judged without repeating a key', () => {
    const original = fc.constantFrom(meshFile, kubeconfig, secret, pastedKey);
    fc.assert(
      fc.property(original, deeds, (text, list) => {
        const { declared, findings } = readText(mutated(text, list), 'mesh.yaml');
        if (declared === undefined) expect(findings.length).toBeGreaterThan(0);
        expect(repeats(renderFindings(findings, { color: false }), 64)).toBe(false);
      }),
      runs,
    );
  });

  test('with a key in the place of its path is refused', () => {
    const { declared, findings } = readText(pastedKey, 'mesh.yaml');
    expect(declared).toBeUndefined();
    expect(renderFindings(findings, { color: false })).toContain('must be the path of a file, not its content');
  });
});

describe('a kubeconfig', () => {
  test('that is whole gives a credential, so that damage can reach it', () => {
    const config = parseKubeconfig(kubeconfig, { name: 'config', folder: '/home/ann' });
    expect(accessOfContext(config, 'west', 'west')).toMatchObject({ server: 'https://west.example:6443' });
  });

  test('that is damaged is used or refused, and its refusal repeats nothing of a credential', () => {
    fc.assert(
      fc.property(deeds, (list) => {
        const origin = { name: 'config', folder: '/home/ann' };
        const said = ['west', 'east', 'none'].map((context) =>
          saidBy(() => accessOfContext(parseKubeconfig(mutated(kubeconfig, list), origin), 'west', context)),
        );
        expect(repeats(said.join('\n'), 12)).toBe(false);
      }),
      runs,
    );
  });
});

describe('a plan file', () => {
  const documents = readText(meshFile.replace(/\n {2}trust.*/, ''), 'mesh.yaml').declared;

  test('that is damaged is refused by one code', () => {
    const list = [documents?.mesh, ...(documents?.clusters ?? [])] as unknown as Json;
    const plan = {
      kind: 'isthmus-plan',
      version: 1,
      madeAt: '2026-11-21T08:00:00Z',
      mesh: 'shop',
      source: { file: 'mesh.yaml' },
      documents: list,
      declared: digest(canonicalJson(list)),
      clusters: [{ cluster: 'west', identity: 'u', inputs: canary, changes: [] }],
    };
    const text = JSON.stringify(plan, null, 2);
    expect(parsePlanFile(text, 'a.plan', digest)).toMatchObject({ mesh: 'shop' });
    fc.assert(
      fc.property(deeds, (damage) => {
        const said = saidBy(() => parsePlanFile(mutated(text, damage), 'a.plan', digest));
        expect(said === '' || said.startsWith('a.plan ')).toBe(true);
        expect(repeats(said, 12)).toBe(false);
      }),
      runs,
    );
  });
});

describe('certificates and keys', () => {
  const environment = { crypto: globalThis.crypto, now: Date.now() };
  const expected = {
    trustDomain: 'cluster.local',
    names: { certificate: 'tls.crt', privateKey: 'tls.key', root: 'ca.crt' },
  };
  let texts: Readonly<Record<string, string>>;
  let issuer: { certificate: string; privateKey: string; root: string };
  beforeAll(async () => {
    const mesh = meshName.parse('shop');
    const options = { mesh, trustDomain: 'cluster.local', lifetime: '24h', cluster: clusterName.parse('west') };
    const made = await createIssuer(await createRoot({ mesh }, environment), options, environment);
    issuer = { certificate: made.certificate, privateKey: made.privateKey.toPem(), root: made.root };
    texts = caCertsTexts(await createIntermediate(made, options, environment));
  });

  /** Damage to the bytes under the PEM, where the parser of DER is. */
  const bytes = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.nat(255),
      deed: fc.constantFrom('set', 'cut'),
    }),
    { minLength: 1, maxLength: 3 },
  );

  function withBytes(pem: string, list: typeof bytes extends fc.Arbitrary<infer T> ? T : never): string {
    return (parsePem(pem) ?? [])
      .map(({ type, der }) => {
        const changed = list.reduce((whole, { at, byte, deed }) => {
          const place = Math.floor(at * (whole.length - 1));
          return deed === 'cut' ? whole.slice(0, place + 1) : whole.with(place, byte);
        }, der);
        return formatPem({ type, der: changed });
      })
      .join('');
  }

  const damage = fc.oneof(
    deeds.map((list) => (pem: string) => mutated(pem, list)),
    bytes.map((list) => (pem: string) => withBytes(pem, list)),
  );

  /** Lines of a key's body: none may be repeated. */
  function holdsKey(said: string, pem: string): boolean {
    return pem.split('\n').some((line) => line.length > 30 && !line.startsWith('-----') && said.includes(line));
  }

  test('that are damaged are described, or refused with reasons that repeat no key', async () => {
    const key = fc.constantFrom('ca-cert.pem', 'ca-key.pem', 'cert-chain.pem', 'root-cert.pem');
    await fc.assert(
      fc.asyncProperty(key, damage, async (damaged, change) => {
        const { 'root-cert.pem': root = '', 'ca-key.pem': privateKey = '' } = texts;
        const bundle = { ...texts, [damaged]: change(texts[damaged] ?? '') };
        const problems = await checkBundle(bundle, { root, trustDomain: 'cluster.local' }, environment);
        expect(holdsKey(JSON.stringify(problems), privateKey)).toBe(false);
        await parsePrivateKey(environment.crypto, bundle[damaged] ?? '');
        const { certificates = [] } = parseCertificates(bundle[damaged] ?? '') ?? {};
        const [first] = certificates;
        if (first === undefined) return;
        await describeCertificate(environment.crypto, first);
        await isSignedBy(environment.crypto, first, first);
        await findChain(environment.crypto, first, { between: certificates, roots: certificates });
      }),
      runs,
    );
  });

  test('of an issuer that are damaged make it usable or refused, and are not repeated', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('certificate', 'privateKey', 'root'), damage, async (part, change) => {
        const { issuer: read, problems } = await readIssuer(
          { ...issuer, [part]: change(issuer[part]) },
          expected,
          environment,
        );
        expect(read === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
        expect(holdsKey(JSON.stringify(problems), issuer.privateKey)).toBe(false);
      }),
      runs,
    );
  });
});

describe('what pods, plug-ins and Secrets of others say', () => {
  const lines: readonly object[] = [
    { type: 'reach', cluster: 'west', outcome: 'Reached', detail: 'HTTP 401' },
    { type: 'proxy', state: 'Ready', afterMs: 12.5, detail: '' },
    { type: 'reach', cluster: 'east', outcome: 'NotReached', detail: 'ECONNREFUSED' },
    { type: 'reached', service: 'server', afterMs: 40 },
    { type: 'complete' },
  ];
  const log = lines.map((line) => JSON.stringify(line)).join('\n');

  test('a damaged log of a probe gives the lines that are whole, and nothing else', () => {
    fc.assert(
      fc.property(deeds, (list) => {
        const damaged = mutated(log, list);
        const read: readonly object[] = [...parseReachLines(damaged), ...parseClientLines(damaged)];
        const intact = lines.filter((line) => damaged.split('\n').includes(JSON.stringify(line)));
        expect(read).toEqual(expect.arrayContaining(intact));
        expect(read.length).toBeLessThanOrEqual(damaged.split('\n').length);
      }),
      runs,
    );
  });

  test('a damaged answer of a credential plug-in is used or refused, and not repeated', async () => {
    const whole = kubeconfig.replace(/^ {4}token: .*\n/m, '');
    const access = accessOfContext(parseKubeconfig(whole, { name: 'config', folder: '/home/ann' }), 'west', 'west');
    const { exec: plugin } = access;
    if (plugin === undefined) throw new Error('the kubeconfig names no plug-in');
    const status = { token: canary, expirationTimestamp: '2030-01-01T00:00:00Z' };
    const answer = JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', status }, null, 1);
    await fc.assert(
      fc.asyncProperty(deeds, async (list) => {
        const stdout = mutated(answer, list);
        const run: RunPlugin = async () => ({ problem: undefined, exitCode: 0, stdout, stderr: '' });
        const context = { cluster: 'west', access, authorityText: undefined, run, clock: systemClock };
        const said = await askPlugin(plugin, context).then(
          () => '',
          (error: unknown) =>
            saidBy(() => {
              throw error;
            }),
        );
        expect(repeats(said, 12)).toBe(false);
      }),
      runs,
    );
  });

  test('a damaged remote secret is described without its credential', () => {
    fc.assert(
      fc.property(deeds, (list) => {
        const data = { east: encodeBase64Text(mutated(kubeconfig, list)) };
        const metadata = { name: 'istio-remote-secret-east', namespace: 'istio-system' };
        const found = parseRemoteSecret({ apiVersion: 'v1', kind: 'Secret', metadata, data });
        expect(found.map(({ cluster }) => cluster)).toEqual(['east']);
        expect(repeats(JSON.stringify(found), 12)).toBe(false);
      }),
      runs,
    );
  });

  test('a damaged inventory names only what it names', () => {
    const refs = ['a', 'b', 'c'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name }));
    const whole = inventoryObject('shop', refs);
    fc.assert(
      fc.property(deeds, (list) => {
        const data = Object.entries(whole.data as Record<string, string>);
        const damaged = Object.fromEntries(data.map(([key, text]) => [key, mutated(text, list)]));
        for (const ref of parseInventory({ ...whole, data: damaged })) {
          expect([typeof ref.apiVersion, typeof ref.kind, typeof ref.name]).toEqual(['string', 'string', 'string']);
        }
      }),
      runs,
    );
  });
});
