import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../../src/api/name.ts';
import { createIntermediate, createIssuer, createRoot } from '../../src/pki/authority.ts';
import { caCertsTexts } from '../../src/pki/bundle.ts';
import { rootToFiles } from '../../src/pki/stored.ts';
import { startApiServer, stopApiServer } from '../support/api-server.ts';
import { type CallOptions, endedWith, jsonOf } from '../support/cli.ts';
import { describeCommandLine } from '../support/command-line-cases.ts';
import { labelled } from '../support/inventory.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { onThisMachine } from '../support/patience.ts';
import { plannedChanges } from '../support/plan.ts';
import { pemBody, secretValues } from '../support/secrets.ts';

const clusters = ['west', 'east'] as const;
const good = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: { name: shop }
spec:
  istio: { version: "1.31" }
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: west }
spec:
  network: us
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: east }
spec:
  network: eu
`;

let lab: TestLab;
let mesh: string;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-wrong', clusters: twoClusters, controlPlaneOnly: true });
  mesh = await lab.file('mesh.yaml', good);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** Applies and expects to be refused, with nothing written to any cluster that answers; gives what it said. */
async function refused(code: number, file: string, { flags = [], ...options }: Refused = {}): Promise<string> {
  const before = await state();
  const { stdout, stderr } = endedWith(code, await lab.isthmus.run(['apply', '-f', file, ...flags], options));
  expect(stdout).toBe('');
  expect(await state()).toEqual(before);
  return stderr;
}

interface Refused extends CallOptions {
  readonly flags?: readonly string[];
}

/** Whatever an apply would change: our objects and the namespaces, and the roots on this machine. */
async function state(): Promise<unknown> {
  const perCluster = clusters.map(async (name) => ({
    objects: await labelled(lab, name, 'shop'),
    namespaces: await lab.kubectl(name, 'get', 'namespaces', '-o', 'name'),
  }));
  return [await Promise.all(perCluster), await readdir(lab.stateFolder, { recursive: true }).catch(() => [])];
}

describe('a command line that is wrong', () => {
  test.each([
    { args: ['aply'], says: 'error: there is no command aply' },
    { args: ['apply'], says: 'no mesh file is given' },
    { args: ['apply', '-f', 'mesh.yaml', '--timeout', 'soon'], says: 'write a number and a unit, such as 90s or 5m' },
    {
      args: ['apply', '-f', 'mesh.yaml', '--clusters', 'wset'],
      says: 'hint: did you mean west? the clusters of the mesh are west, east',
    },
    { args: ['apply', '-f', 'none.yaml'], says: 'error: none.yaml does not exist [file-unreadable]' },
    {
      args: ['verify', '-f', 'mesh.yaml', '--requests', '0'],
      says: 'the number of requests must be a whole number from 1 to 1000',
    },
  ])('$args ends with 2 and says what is right', async ({ args, says }) => {
    expect(endedWith(2, await lab.isthmus.run(args)).stderr).toContain(says);
  });
});

describe('a command line that is right', () => describeCommandLine(() => lab));

describe('a mesh file that is wrong', () => {
  test('a mistyped key is shown where it stands, with the key that was meant', async () => {
    const file = await lab.file('typo.yaml', good.replace('network: eu', 'netwrok: eu'));
    expect(await refused(2, file)).toBe(`${file}:17:3 error: MeshCluster east: unknown key spec.netwrok [key-unknown]
  17 |   netwrok: eu
     |   ^^^^^^^
  hint: did you mean network?

1 error
error: ${file} does not describe a mesh; nothing was changed [invalid-config]
hint: correct what is marked above and run the same command again
`);
  });

  test('an empty file is refused, not taken for a mesh without clusters', async () => {
    expect(await refused(2, '-', { input: '' })).toContain('standard input does not describe a mesh');
  });

  test('a context that does not exist is answered with those that do', async () => {
    const file = await lab.file('context.yaml', good.replace('network: us', 'network: us\n  access: { context: wst }'));
    const said = await refused(6, file);
    expect(said).toContain(
      `there is no context wst in ${lab.lab.kubeconfig}; there are: east, west [context-not-found]`,
    );
    expect(said).toContain('set spec.access.context of MeshCluster west to west');
  });

  test('two names for one cluster are refused', async () => {
    const config = await lab.kubectl('west', 'config', 'view', '--raw', '--minify');
    const twin = await lab.file(
      'twin',
      config.replaceAll(/(name|context|current-context|user|cluster): west$/gm, '$1: twin'),
    );
    const file = await lab.file('twin.yaml', good.replace('network: eu', `network: eu\n  access: { context: twin }`));
    const said = await refused(2, file, { env: { KUBECONFIG: `${lab.lab.kubeconfig}:${twin}` } });
    expect(said).toMatch(/west and east are the same cluster \(https:\S+\) \[cluster-identity-conflict\]/);
  });
});

describe('an istioctl that is wrong', () => {
  test('one of another version is refused', async () => {
    const old = await lab.file('istioctl-old', '#!/bin/sh\necho \'{"clientVersion":{"version":"1.28.0"}}\'\n');
    await chmod(old, 0o755);
    const said = await refused(2, mesh, { flags: ['--istioctl', old] });
    expect(said).toContain(
      `the mesh wants Istio 1.31, but the istioctl at ${old} is version 1.28.0 [renderer-version]`,
    );
    expect(said).toContain('hint: give a renderer of that version too, or change spec.istio.version of the Mesh');
  });

  test('where there is none it says where it looked', async () => {
    const said = await refused(2, mesh, { env: { PATH: '/nowhere', ISTHMUS_ISTIOCTL: '' } });
    expect(said).toContain('there is no istioctl in the folders of PATH (/nowhere) [istioctl-not-found]');
    expect(said).toContain('`--istioctl` or ISTHMUS_ISTIOCTL');
  });
});

describe('a cluster that does not let us', () => {
  async function kubeconfigOf(token: string): Promise<string> {
    const views = await Promise.all(
      clusters.map((name) => lab.objects<KubeconfigView>(name, 'config', 'view', '--raw', '--minify')),
    );
    const config = {
      ...views[0],
      clusters: views.flatMap((view) => view.clusters),
      contexts: views.flatMap((view) => view.contexts),
      users: views.flatMap((view, index) =>
        index === 0 ? view.users : view.users.map(({ name }) => ({ name, user: { token } })),
      ),
    };
    return await lab.file('kubeconfig', JSON.stringify(config));
  }

  interface KubeconfigView {
    readonly clusters: readonly unknown[];
    readonly contexts: readonly unknown[];
    readonly users: readonly { readonly name: string }[];
  }

  test('one missing right is named before anything is written', async () => {
    const rules = [
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create'] },
      {
        apiGroups: [''],
        resources: ['namespaces', 'configmaps', 'services', 'serviceaccounts', 'pods', 'pods/portforward'],
        verbs: ['*'],
      },
      {
        apiGroups: [
          'apps',
          'autoscaling',
          'policy',
          'apiextensions.k8s.io',
          'rbac.authorization.k8s.io',
          'admissionregistration.k8s.io',
          'networking.istio.io',
          'coordination.k8s.io',
        ],
        resources: ['*'],
        verbs: ['*'],
      },
    ];
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'almost' },
      rules,
    };
    await lab.kubectl('east', 'apply', '-f', await lab.file('role.yaml', JSON.stringify(role)));
    await lab.kubectl('east', '-n', 'default', 'create', 'serviceaccount', 'ann');
    await lab.kubectl(
      'east',
      'create',
      'clusterrolebinding',
      'almost',
      '--clusterrole=almost',
      '--serviceaccount=default:ann',
    );
    const token = (await lab.kubectl('east', '-n', 'default', 'create', 'token', 'ann')).trim();
    const said = await refused(3, mesh, { env: { KUBECONFIG: await kubeconfigOf(token) } });
    expect(said).toContain(
      'error: cluster east: system:serviceaccount:default:ann may not patch secrets in istio-system [access-denied]',
    );
    expect(said).toContain('kubectl --context east auth can-i patch secrets');
    expect(said).not.toContain(token);
  });

  test('credentials that are refused are distinguished from missing rights', async () => {
    const said = await refused(3, mesh, { env: { KUBECONFIG: await kubeconfigOf('expired') } });
    expect(said).toMatch(/error: cluster east: https:\S+ does not accept our credentials \[authentication-failed\]/);
  });
});

describe('a cluster that is down', () => {
  test('being the home, stops the whole, and says why', async () => {
    await stopApiServer(lab, 'west');
    const { stdout, stderr } = endedWith(6, await lab.isthmus.run(['apply', '-f', mesh]));
    await startApiServer(lab, 'west');
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^error: cluster west: cannot reach https:\S+: the connection was refused; it is the mesh's home/m,
    );
    expect(await labelled(lab, 'east', 'shop')).toEqual([]);
  });
});

describe('objects of others', () => {
  const inEach = (...args: string[]): Promise<unknown> =>
    Promise.all(clusters.map((name) => lab.kubectl(name, ...args)));

  test('an Istio that is there already is not taken over', async () => {
    await inEach('create', 'namespace', 'istio-system');
    await inEach('-n', 'istio-system', 'create', 'deployment', 'istiod', '--image=example/istiod');
    await lab.kubectl('east', '-n', 'istio-system', 'create', 'serviceaccount', 'istiod');
    const said = await refused(5, mesh);
    expect(said).toContain(`error: objects exist that do not belong to mesh shop; nothing was changed
  west: Deployment istio-system/istiod
  east: ServiceAccount istio-system/istiod, Deployment istio-system/istiod [conflict]
hint: an Istio is there that Isthmus did not install`);
    await inEach('delete', 'namespace', 'istio-system');
  });

  test("certificates that are there are not replaced where this machine has not the mesh's root", async () => {
    await inEach('create', 'namespace', 'istio-system');
    await foreignCaCerts();
    const said = await refused(5, mesh);
    expect(said).toContain('east already has a Secret istio-system/cacerts, but neither the issuer');
    expect(said).toContain('[root-key-missing]');
  });

  test('certificates of another root are refused', async () => {
    const environment = { crypto: globalThis.crypto, now: Date.now() };
    const { certificate, privateKey } = rootToFiles(await createRoot({ mesh: meshName.parse('shop') }, environment));
    const kept = join('state/isthmus/shop');
    const env = { XDG_STATE_HOME: join(lab.folder, 'ann/state') };
    await lab.file(join('ann', kept, 'root.crt'), certificate);
    const key = await lab.file(join('ann', kept, 'root.key'), privateKey);
    await chmod(key, 0o644);
    expect(await refused(5, mesh, { env })).toContain('[root-key-exposed]');
    await chmod(key, 0o600);
    const said = await refused(5, mesh, { env });
    expect(said).toContain('[trust-invalid]');
    expect(said).toMatch(/^ {2}east: .*root/m);
    expect(said).not.toContain('PRIVATE KEY');
    await inEach('delete', 'namespace', 'istio-system');
  });

  async function foreignCaCerts(): Promise<void> {
    const environment = { crypto: globalThis.crypto, now: Date.now() };
    const other = { mesh: meshName.parse('other'), trustDomain: 'cluster.local' };
    const issuer = await createIssuer(await createRoot(other, environment), other, environment);
    const texts = caCertsTexts(
      await createIntermediate(issuer, { ...other, cluster: clusterName.parse('east'), lifetime: '24h' }, environment),
    );
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cacerts', namespace: 'istio-system' } };
    const file = await lab.file('cacerts.yaml', JSON.stringify({ ...secret, stringData: texts }));
    await lab.kubectl('east', 'create', '-f', file);
  }
});

describe('nothing wrong', () => {
  test('a dry run lists what would be made and writes nothing', async () => {
    const before = await state();
    const dryRun = ['apply', '-f', mesh, '--dry-run', '-o', 'json'];
    const planned = plannedChanges(jsonOf(endedWith(0, await lab.isthmus.run(dryRun))));
    for (const name of clusters)
      expect(planned.filter((change) => change.startsWith(`${name}: Create `)).length).toBeGreaterThan(40);
    expect(await state()).toEqual(before);
  });

  test('two users who make the mesh at the same moment get one trust', async () => {
    const users = ['ann', 'bob'].map((user) => join(lab.folder, user, 'race'));
    // Without nodes istiod never runs, so each run ends at its time limit.
    const flags = ['-f', mesh, '-o', 'json'];
    const runs = await Promise.all(
      users.map((folder, index) =>
        lab.isthmus.run(['apply', ...flags, '--timeout', index === 0 ? '6s' : '14s'], {
          env: { XDG_STATE_HOME: folder },
        }),
      ),
    );
    for (const { code } of runs) expect([5, 9]).toContain(code);
    const values = (await Promise.all(clusters.map((name) => secretValues(lab, name)))).flat();
    const roots = values
      .filter(({ at }) => /cacerts root-cert\.pem|issuer ca\.crt/.test(at))
      .map(({ text }) => pemBody(text));
    expect(roots).toHaveLength(3);
    expect(new Set(roots).size).toBe(1);
    const kept = await Promise.all(users.map((folder) => readdir(join(folder, 'isthmus/shop')).catch(() => [])));
    expect(kept.map((files) => files.length).toSorted()).toEqual([0, 2]);
  });
});

describe('a cluster that goes down midway', () => {
  test('ends its own part, and is not waited for until the time limit', async () => {
    // Without nodes istiod never runs: both clusters wait for it, and west does so until the time limit.
    // On a free machine both wait after 5 s, and 10 s later it is known that east is down.
    const limit = `${Math.ceil(onThisMachine(30_000) / 1000)}s`;
    const running = lab.isthmus.start(['apply', '-f', mesh, '--timeout', limit]);
    await running.said(/^east +waiting: Deployment istio-system\/istiod available$/m);
    await stopApiServer(lab, 'east');
    const { stdout } = endedWith(4, await running.result);
    await startApiServer(lab, 'east');
    expect(stdout).toMatch(
      /^east: error: .*the connection was refused; it went away during the run \[cluster-unreachable\]$/m,
    );
    // After a minute without a node it is an error; on a machine that is fast the time limit comes first.
    const stuck =
      /^west: error: .*Deployment istio-system\/istiod cannot become available: no node takes pod .* \[rollout-stuck\]$/m;
    const late = /^west: error: .*Deployment istio-system\/istiod; 0 of 1 available.* \[timeout\]$/m;
    const isStuck = stuck.test(stdout);
    expect(stdout).toMatch(isStuck ? stuck : late);
    const resume = isStuck ? 'Nothing was changed. When what failed is mended:' : 'Nothing needs undoing. Resume with:';
    expect(stdout).toContain(`${resume} isthmus apply -f ${mesh}`);
  });
});
