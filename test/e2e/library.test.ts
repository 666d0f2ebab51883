import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { docstringExamples, examplesProgram, programOf } from '../support/examples.ts';
import { deployHelloworld } from '../support/helloworld.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { makeProject } from '../support/library-project.ts';
import { runProgram } from '../support/program.ts';
import { driveMesh } from '../support/test-shell.ts';

const meshFile = join(checkout, 'examples/two-networks/mesh.yaml');

let lab: TestLab;
/** A user's project: the packed library, programs, and the mesh file beside them. */
let project: string;

beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-library', clusters: twoClusters });
  project = join(lab.folder, 'project');
  await mkdir(project);
  await makeProject(project, inject('packageFolder'));
  await writeFile(join(project, 'mesh.yaml'), await readFile(meshFile));
  await writeFile(join(project, 'page.ts'), programOf('docs/library.md'));
  await writeFile(join(project, 'examples.ts'), examplesProgram(docstringExamples()));
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

async function runTs(...args: readonly string[]): Promise<string> {
  const options = { cwd: project, env: lab.env, timeoutMs: 300_000 };
  return endedWith(0, await runProgram(process.execPath, args, options)).stdout;
}

test('a second shell drives plan, apply, status and verify through the engine alone', async () => {
  const manifest = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { readonly version: string };
  const { plan, applied, status, verified, events } = await driveMesh(meshFile, lab.env, manifest.version);
  expect(plan.totals.create).toBeGreaterThan(50);
  expect(applied).toMatchObject({ kind: 'ApplyReport', ok: true });
  expect(status).toMatchObject({ kind: 'MeshStatus', ok: true });
  expect(verified).toMatchObject({ kind: 'VerifyReport', ok: true, passed: 4, total: 4 });
  expect(new Set(events)).toContain('apply Applied');
});

test('the program of the page plans, applies and verifies the mesh', async () => {
  const said = await runTs('page.ts');
  expect(said).toMatch(/^shop: 0 to create, 0 to change, 0 to delete$/m);
  expect(said).toMatch(/^applied in [\d.]+ s with 0 writes$/m);
  expect(said).toMatch(/^4 of 4 checks passed$/m);
});

describe('the example of', () => {
  beforeAll(async () => {
    await deployHelloworld(lab);
  });

  /** What each prints, in an order in which all succeed on one mesh. */
  const expected: readonly (readonly [name: string, says: RegExp])[] = [
    ['nodePorts', /^shop: west, east$/m],
    ['partsOf', /^look at the plan, then Repeat$/m],
    ['IsthmusError', /^file-unreadable: missing\.yaml does not exist$/m],
    ['accessRoles', /^ClusterRole, Role, Role, ClusterRoleBinding, RoleBinding, RoleBinding$/m],
    // Both clusters are in a mesh, which is a note for each.
    ['draftMesh', /^3 documents, 2 notes$/m],
    ['roles', /^Namespace, Namespace, ClusterRole, Role, Role$/m],
    ['render', /^\d+ objects, the first is west\//m],
    ['plan', /^0 to create, 0 to change, 0 to delete$/m],
    ['apply', /^as declared after 0 writes$/m],
    ['applyByOperator', /^no operator$/m],
    ['status', /^healthy$/m],
    ['doctor', /^Yes: 0 causes \[\]$/m],
    ['explainCode', /^The cluster has no remote secret for a peer/m],
    ['versions', /^west v1\.\d+\.\d+\S* 1\.31\S*\neast v1\.\d+\.\d+\S* 1\.31\S*$/m],
    ['verify', /^4 of 4 checks passed$/m],
    ['trace', /^100% answered\n50% by [\d.:]+ in (west|east)\n50% by [\d.:]+ in (?!\1)(?:west|east)$/m],
    ['services', /^helloworld\.sample\.svc\.cluster\.local Yes \[/m],
    ['shift', /^true \[ \[ 'Passed', \{ west: 0, east: 100 \} \] \]$/m],
    ['shifts', /^helloworld\.sample Passed step 3 of 3$/m],
    ['steerShift', /^\[ 'it was aborted' \]$/m],
    ['drill', /^AsPredicted \[ 'Service isthmus-drill-\w+\/all' \]\nwest \{ west: 100 \} 0 failed$/m],
    ['drills', /^no drill$/m],
    ['whatif', /^0 unreachable, [1-9]\d* degraded, [1-9]\d* changed$/m],
    ['facts', /^2 clusters, 2 istiods$/m],
    ['differencesBetween', /^\d+ objects differ, 0 flows lose every answer$/m],
    ['snapshot', /^2 clusters, healthy$/m],
    ['trust', /^1 root$/m],
    ['renewTrust', /^true \[ 'west: Left', 'east: Renewed' \]$/m],
    ['leave', /^1 cluster to empty\nleft after [\d.]+ s$/m],
    ['join', /^joined$/m],
    ['planUninstall', /^west \d{2,} objects\neast \d{2,} objects$/m],
    ['uninstall', /^true \[ 'west: Removed', 'east: Removed' \]$/m],
  ];

  test.each(expected)('%s succeeds', async (name, says) => {
    if (name === 'trace') await settled();
    // The Services of a probe that is being removed are in one cluster alone, and so they hang on its gateway.
    if (name === 'services' || name === 'shift' || name === 'whatif') await probesAreGone();
    if (name !== 'shift') return expect(await runTs('examples.ts', name)).toMatch(says);
    // Without requests nothing could be measured.
    const stop = new AbortController();
    const requests = sendUntil(stop.signal);
    try {
      expect(await runTs('examples.ts', name)).toMatch(says);
    } finally {
      stop.abort();
      await requests;
    }
  });

  test('everything that is public is among them', () => {
    const names = docstringExamples().map(({ name }) => name);
    expect(['openMesh', ...expected.map(([name]) => name)].toSorted()).toEqual(names.toSorted());
  });

  async function sendUntil(signal: AbortSignal): Promise<void> {
    const command = ['lab-curl', '-n', '200', 'http://helloworld.sample:5000/hello'];
    while (!signal.aborted) await lab.kubectl('west', '-n', 'sample', 'exec', 'deploy/client', '--', ...command);
  }

  async function probesAreGone(): Promise<void> {
    await eventually(
      async () => {
        const left = await Promise.all(
          ['west', 'east'].map((cluster) => lab.kubectl(cluster, 'get', 'ns', '-o', 'name')),
        );
        return left.join('').match(/namespace\/isthmus-(?:verify|drill)-\S+/)?.[0];
      },
      { timeoutMs: 60_000 },
    );
  }

  /** The gateway of east has its address and istiod in west knows the pods behind it. */
  async function settled(): Promise<void> {
    await eventually(
      async () => {
        const said = await runTs('examples.ts', 'trace');
        return said.includes('in east') ? undefined : said;
      },
      { timeoutMs: 60_000 },
    );
  }
});
