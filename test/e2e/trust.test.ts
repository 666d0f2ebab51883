import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { meshName } from '../../src/api/name.ts';
import { createIssuer, createRoot } from '../../src/pki/authority.ts';
import type { IssuerTexts } from '../../src/pki/read-issuer.ts';
import { issuerTextsOf, issuerToData } from '../../src/pki/stored.ts';
import type { Certificate } from '../../src/report/certificate.ts';
import type { ReachableTrust, TrustReport } from '../../src/report/trust.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { type CompanyCa, caExtensions, companyCa, type MadeByOpenssl } from '../support/company-ca.ts';
import { eventually } from '../support/eventually.ts';
import { deployHelloworld } from '../support/helloworld.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { followPage } from '../support/page.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { pemBody, secretValues } from '../support/secrets.ts';

const clusters = ['west', 'east'] as const;
const trustDomain = 'cluster.local';
const shop = meshName.parse('shop');
const day = 24 * 3_600_000;

let lab: TestLab;
let ca: CompanyCa;
beforeAll(async () => {
  ca = companyCa();
  lab = await startTestLab({ name: 'e2e-trust', clusters: twoClusters });
});
afterAll(async () => {
  ca?.[Symbol.dispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** A mesh of the two clusters; its workloads fetch a new certificate every half minute, so that a test sees it. */
function meshText(trust: string): string {
  const istio = '{version: "1.31", meshConfig: {defaultConfig: {proxyMetadata: {SECRET_TTL: 60s}}}}';
  const head = `apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec:\n  istio: ${istio}\n  trust: {${trust}}\n`;
  const cluster = ([name, network]: readonly [string, string]): string =>
    `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${network}, injectNamespaces: [sample]}\n`;
  const all = [
    ['west', 'us'],
    ['east', 'eu'],
  ] as const;
  return head + all.map(cluster).join('');
}

const fromFiles = 'issuer: {files: {certificate: issuer.pem, privateKey: issuer.key, root: root.pem}}';

async function trust(mesh: string, code = 0, ...flags: string[]): Promise<TrustReport> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['trust', '-f', mesh, '-o', 'json', ...flags])));
}

function reachable({ clusters: all }: TrustReport, name: string): ReachableTrust {
  const found = all.find(({ cluster }) => cluster === name);
  if (found?.reachable !== true) throw new Error(`${name} was not reached`);
  return found;
}

function intermediate(report: TrustReport, name: string): Certificate {
  const found = reachable(report, name).intermediate;
  if (found === undefined) throw new Error(`${name} has no intermediate`);
  return found;
}

describe('an issuer or a cacerts that cannot be used', () => {
  let root: MadeByOpenssl;
  let good: IssuerTexts;
  beforeAll(() => {
    root = ca.make({ name: 'company-root' });
    const issuer = ca.make({ name: 'company-issuer', signer: root, extensions: caExtensions(1) });
    good = { certificate: issuer.certificate, privateKey: issuer.privateKey, root: root.certificate };
  });

  const below = (made: MadeByOpenssl): IssuerTexts => ({ ...good, ...made, root: root.certificate });

  /** An issuer that was made so many days ago. */
  async function madeAt(days: number): Promise<IssuerTexts> {
    const environment = { crypto: globalThis.crypto, now: Date.now() + days * day };
    const own = await createRoot({ mesh: shop }, environment);
    return issuerTextsOf(issuerToData(await createIssuer(own, { mesh: shop, trustDomain }, environment)));
  }

  const state = async (): Promise<string> =>
    (
      await Promise.all(
        clusters.map((name) => lab.kubectl(name, 'get', 'namespaces,secrets', '--all-namespaces', '-o', 'name')),
      )
    ).join();

  async function refused(name: string, texts: IssuerTexts): Promise<string> {
    await lab.file(`${name}/issuer.pem`, texts.certificate);
    await lab.file(`${name}/issuer.key`, texts.privateKey);
    await lab.file(`${name}/root.pem`, texts.root);
    const mesh = await lab.file(`${name}/mesh.yaml`, meshText(fromFiles));
    const { stdout, stderr } = endedWith(5, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(stdout).toBe('');
    expect(stderr).toContain('[trust-invalid]');
    expect(stderr).not.toContain(texts.privateKey.split('\n')[1]);
    return stderr;
  }

  test('is refused before any write, with the reason', async () => {
    const before = await state();
    const other = ca.make({ name: 'other-root' });
    const leaf = ca.make({ name: 'leaf', signer: root, extensions: 'basicConstraints=critical,CA:FALSE' });
    const narrow = ca.make({ name: 'narrow', signer: root, extensions: caExtensions(0) });
    const foreign = `${caExtensions(1)}\nsubjectAltName=URI:spiffe://example.org`;
    const elsewhere = ca.make({ name: 'elsewhere', signer: root, extensions: foreign });
    const cases: readonly (readonly [string, IssuerTexts, RegExp])[] = [
      [
        'wrong-key',
        { ...good, privateKey: root.privateKey },
        /issuer\.key is not the key of "O=Example, CN=company-issuer"/,
      ],
      ['other-root', { ...good, root: other.certificate }, /no chain leads from "O=Example, CN=company-issuer"/],
      ['expired', await madeAt(-2000), /issuer: "O=mesh shop, CN=issuer CA [0-9a-f]{8}" has expired on/],
      ['early', await madeAt(10), /is not valid before/],
      ['no-ca', below(leaf), /"O=Example, CN=leaf" is not a CA/],
      ['no-room', below(narrow), /allows 0 CAs below it \(pathlen\) and has 1/],
      ['not-a-certificate', { ...good, root: good.root + good.privateKey }, /root\.pem holds a PRIVATE KEY/],
      ['incomplete', { ...good, root: '' }, /root\.pem missing or empty/],
      ['trust-domain', below(elsewhere), /is of spiffe:\/\/example\.org, and the mesh is spiffe:\/\/cluster\.local/],
    ];
    for (const [name, texts, pattern] of cases) expect(await refused(name, texts)).toMatch(pattern);
    expect(await state()).toBe(before);
  });

  test('is refused with everything else that is wrong, in every place', async () => {
    await lab.kubectl('east', 'create', 'namespace', 'istio-system');
    const texts = {
      'ca-cert.pem': good.certificate,
      'ca-key.pem': good.privateKey,
      'cert-chain.pem': good.certificate,
    };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cacerts', namespace: 'istio-system' } };
    await lab.kubectl(
      'east',
      'create',
      '-f',
      await lab.file('part.json', JSON.stringify({ ...secret, stringData: texts })),
    );
    const before = await state();
    const said = await refused('both', { ...good, privateKey: root.privateKey });
    expect(said).toMatch(/^ {2}issuer: issuer\.key is not the key of/m);
    expect(said).toMatch(/^ {2}east: root-cert\.pem missing: istiod refuses an incomplete cacerts/m);
    expect(await state()).toBe(before);
    await lab.kubectl('east', 'delete', 'namespace', 'istio-system');
  });

  test('files or a Secret that are not there are named', async () => {
    const mesh = await lab.file('nothing/mesh.yaml', meshText(fromFiles));
    const { stderr } = endedWith(2, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(stderr).toMatch(/nothing\/issuer\.pem \(spec\.trust\.issuer\.files\.certificate\) does not exist/);
    const secret = await lab.file('secret/mesh.yaml', meshText('issuer: {secret: nobody}'));
    const said = endedWith(5, await lab.isthmus.run(['apply', '-f', secret])).stderr;
    expect(said).toContain('the home cluster west has no Secret isthmus-system/nobody');
  });
});

describe("a company's CA", () => {
  let folder: string;

  test('signs the mesh as the page about it says, from its first command to its last', async () => {
    folder = await lab.file('own-ca/mesh.yaml', '').then((path) => join(path, '..'));
    await copyFile(join(checkout, 'examples/own-ca/mesh.yaml'), join(folder, 'mesh.yaml'));
    const said = await followPage('docs/bring-your-own-ca.md', { site: lab, cwd: folder });
    const by = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
    expect(by('isthmus apply')).toMatch(/mesh shop: 2 of 2 clusters are as declared/);
    expect(by('isthmus trust')).toMatch(/mesh shop: trust is OK/);
    expect(by('openssl verify')).toMatch(/chain\.pem: OK/);
  });

  test("is what istiod gives out and the proxies trust, as Istio's own tool sees it too", async () => {
    const report = await trust(join(folder, 'mesh.yaml'));
    expect(report).toMatchObject({ ok: true, findings: [], trustDomain });
    expect(report.roots.map(({ subject }) => subject)).toEqual(['O=Example, CN=Example Root CA']);
    expect(report.issuer?.subject).toBe('O=Example, CN=Issuer of mesh shop');
    expect(report.relations).toEqual(
      clusters.flatMap((from) => clusters.map((to) => ({ from, to, trusts: 'Yes', evidence: 'Proxies' }))),
    );
    const [root] = report.roots;
    const printed = ca.openssl('x509', '-in', join(folder, 'root.pem'), '-noout', '-serial').trim();
    // openssl writes whole bytes, istioctl a number without leading zeros.
    const serial = printed.replace(/^serial=0*/, '').toLowerCase();
    for (const name of clusters) {
      const { istiods, distributed, proxies } = reachable(report, name);
      expect(istiods.map(({ signsWith }) => signsWith)).toEqual(['CaCerts']);
      expect(distributed).toMatchObject({ roots: [root?.fingerprint], differing: [] });
      expect(proxies.asked).toMatchObject([
        { type: 'Gateway', trusts: [root?.fingerprint], signer: intermediate(report, name).fingerprint },
      ]);
      expect(intermediate(report, name)).toMatchObject({ daysLeft: 89, algorithm: expect.stringContaining('P-256') });
      const table = await lab.istioctl(name, 'proxy-config', 'secret', 'deploy/istio-eastwestgateway.istio-system');
      expect(table.toLowerCase()).toMatch(new RegExp(`rootca\\s+ca\\s+active\\s+true\\s+0*${serial}`));
    }
  });

  test("keeps its keys: the root's is in no cluster, and the issuer's only where its owner put it", async () => {
    const values = (await Promise.all(clusters.map((name) => secretValues(lab, name)))).flat();
    const holders = async (file: string): Promise<string[]> => {
      const key = pemBody(await readFile(join(folder, file), 'utf8'));
      return values.filter(({ text }) => pemBody(text).includes(key)).map(({ at }) => at);
    };
    expect(await holders('root.key')).toEqual([]);
    expect(await holders('issuer.key')).toEqual(['west isthmus-system/corporate-issuer tls.key']);
    expect(await readdir(join(lab.stateFolder, 'isthmus/shop')).catch(() => [])).toEqual([]);
    expect(lab.isthmus.transcript()).not.toContain('PRIVATE KEY-----');
  });

  test('kept in a Secret instead of files it changes no certificate', async () => {
    const before = await trust(join(folder, 'mesh.yaml'));
    const mesh = await lab.file('own-ca/secret.yaml', meshText('issuer: {secret: corporate-issuer}'));
    endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    const after = await trust(mesh);
    for (const name of clusters) expect(intermediate(after, name)).toEqual(intermediate(before, name));
    expect(after.issuer).toEqual(before.issuer);
  });
});

describe('renewal', () => {
  let mesh: string;
  let traffic: RunningProgram;

  beforeAll(async () => {
    mesh = await lab.file('own-ca/renewed.yaml', meshText(fromFiles));
    await deployHelloworld(lab);
    const call = ['curl', '-s', '-f', '-n', '10', 'http://helloworld.sample:5000/hello'];
    const client = ['-n', 'sample', 'exec', 'deploy/client', '-c', 'client', '--'];
    await eventually(
      async () => {
        const answers = await lab.kubectl('west', ...client, ...call);
        return answers.includes('v1') && answers.includes('v2') ? undefined : answers;
      },
      { timeoutMs: 30_000 },
    );
    const loop = ['lab-curl', '-f', '-m', '5', '-n', '1000000', 'http://helloworld.sample:5000/hello'];
    traffic = startProgram(join(lab.lab.bin, 'kubectl'), ['--context', 'west', ...client, ...loop], {
      env: lab.env,
      timeoutMs: 580_000,
    });
    await traffic.said(/^200 [\s\S]*^200 /m);
  });

  /** Waits until every proxy of the mesh has a certificate of the intermediate that its cluster has now. */
  async function proxiesRenewed(): Promise<TrustReport> {
    let report = await trust(mesh, 0, '--all');
    await eventually(
      async () => {
        report = await trust(mesh, 0, '--all');
        const late = clusters.flatMap((name) => {
          const { fingerprint } = intermediate(report, name);
          return reachable(report, name).proxies.asked.filter(
            ({ type, signer }) => type === 'Sidecar' && signer !== fingerprint,
          );
        });
        return late.length === 0 ? undefined : late.map(({ pod }) => pod).join(', ');
      },
      { timeoutMs: 120_000, everyMs: 2_000 },
    );
    return report;
  }

  test('on request: every istiod signs with its new intermediate when the command ends', async () => {
    const before = await trust(mesh);
    const { stdout } = endedWith(0, await lab.isthmus.run(['trust', 'renew', '-f', mesh, '--clusters', 'east']));
    expect(stdout).toMatch(/east: istiod signs with a new intermediate after \d+\.\d s/);
    const after = await trust(mesh);
    expect(reachable(after, 'east').istiods.map(({ signsWith }) => signsWith)).toEqual(['CaCerts']);
    expect(intermediate(after, 'east').fingerprint).not.toBe(intermediate(before, 'east').fingerprint);
    expect(intermediate(after, 'west')).toEqual(intermediate(before, 'west'));
    expect(after.roots).toEqual(before.roots);
  });

  test('of what is due, by an apply: it waits for istiod, and the next one has nothing to do', async () => {
    const inFolder = (name: string): string => join(lab.folder, 'own-ca', name);
    const read = (name: string): Promise<string> => readFile(inFolder(name), 'utf8');
    const [certificate, privateKey, root] = await Promise.all([
      read('issuer.pem'),
      read('issuer.key'),
      read('root.pem'),
    ]);
    const signer = {
      name: 'issuer',
      certificate,
      privateKey,
      certificateFile: inFolder('issuer.pem'),
      privateKeyFile: inFolder('issuer.key'),
    };
    // A year of it is nearly over, as it would be had nobody run an apply for so long.
    const validity = { from: new Date(Date.now() - 350 * day), to: new Date(Date.now() + 15 * day) };
    const old = ca.make({ name: 'old', signer, extensions: caExtensions(0), validity });
    const texts = {
      'ca-cert.pem': old.certificate,
      'ca-key.pem': old.privateKey,
      'cert-chain.pem': old.certificate + certificate,
      'root-cert.pem': root,
    };
    const data = Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    );
    await lab.kubectl('east', '-n', 'istio-system', 'patch', 'secret', 'cacerts', '-p', JSON.stringify({ data }));
    const said = endedWith(0, await lab.isthmus.run(['apply', '-f', mesh])).stderr;
    expect(said).toMatch(/^east {2}a new intermediate is made: less than a third of the lifetime/m);
    expect(said).not.toMatch(/^west {2}a new intermediate is made/m);
    const report = await trust(mesh);
    expect(intermediate(report, 'east').daysLeft).toBeGreaterThan(300);
    expect(reachable(report, 'east').istiods.map(({ signsWith }) => signsWith)).toEqual(['CaCerts']);
    const again = endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(again.stderr + again.stdout).toMatch(/0 created, 0 configured/);
  });

  test('to another key algorithm, at once, and down to the running proxies', async () => {
    const rsa = await lab.file('own-ca/rsa.yaml', meshText(`${fromFiles}, intermediate: {keyAlgorithm: RSA-3072}`));
    const said = endedWith(0, await lab.isthmus.run(['apply', '-f', rsa])).stderr;
    expect(said.match(/a new intermediate is made: the mesh wants another key algorithm/g)).toHaveLength(2);
    mesh = rsa;
    const report = await proxiesRenewed();
    for (const name of clusters) expect(intermediate(report, name).algorithm).toMatch(/^RSA 3072/);
    expect(report.relations.every(({ trusts }) => trusts === 'Yes')).toBe(true);
  });

  test('has cost no request', async () => {
    traffic.kill('SIGTERM');
    const { stdout, stderr } = await traffic.result;
    const statuses = stdout.match(/^\d{3} [\d.]+ ms$/gm)?.map((line) => line.slice(0, 3)) ?? [];
    expect(statuses.filter((status) => status !== '200')).toEqual([]);
    expect(stderr).not.toContain('lab-curl:');
    expect(statuses.length).toBeGreaterThan(500);
    expect(stdout).toContain('version: v2');
  });

  test('an istiod that signs with a CA of its own is seen, with what it does to the proxies, and put right', async () => {
    await lab.kubectl('east', '-n', 'istio-system', 'delete', 'secret', 'cacerts');
    await lab.kubectl('east', '-n', 'istio-system', 'delete', 'pod', '-l', 'app=istiod', '--wait=false');
    await lab.kubectl('east', '-n', 'istio-system', 'rollout', 'status', 'deployment/istiod', '--timeout=240s');
    await eventually(
      async () => {
        const broken = await trust(mesh, 7);
        const codes = broken.findings.map(({ code, cluster }) => `${cluster} ${code}`);
        expect(reachable(broken, 'east').istiods.map(({ signsWith }) => signsWith)).not.toContain('CaCerts');
        const missing = ['east trust-bundle', 'east trust-istiod', 'east trust-distributed'].filter(
          (code) => !codes.includes(code),
        );
        return missing.length === 0 ? undefined : `${missing.join()} among ${codes.join()}`;
      },
      { timeoutMs: 60_000 },
    );
    await lab.kubectl('east', '-n', 'sample', 'rollout', 'restart', 'deployment/helloworld-v2');
    await lab.kubectl('east', '-n', 'sample', 'rollout', 'status', 'deployment/helloworld-v2', '--timeout=240s');
    const split = await trust(mesh, 7);
    expect(split.relations).toContainEqual({ from: 'west', to: 'east', trusts: 'No', evidence: 'Proxies' });
    expect(split.findings.map(({ code }) => code)).toContain('trust-proxy');

    endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    const restart = ['rollout', 'restart', 'deployment'];
    await eventually(
      async () => {
        const { stdout } = await lab.isthmus.run(['trust', '-f', mesh]);
        return stdout.includes('[trust-distributed]') ? stdout : undefined;
      },
      { timeoutMs: 60_000 },
    );
    await lab.kubectl('east', '-n', 'sample', ...restart);
    await lab.kubectl('east', '-n', 'istio-system', ...restart, '-l', 'istio=eastwestgateway');
    await eventually(
      async () => {
        const { code, stdout } = await lab.isthmus.run(['trust', '-f', mesh]);
        return code === 0 ? undefined : stdout;
      },
      { timeoutMs: 60_000 },
    );
  });
});
