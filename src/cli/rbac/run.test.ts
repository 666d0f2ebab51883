import { run } from '@stricli/core';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../objects/object.ts';
import { buildCli } from '../shell/app.ts';
import { exitCodes } from '../shell/exit-code.ts';

async function said(...argv: readonly string[]): Promise<{ readonly text: string; readonly code: number }> {
  let text = '';
  const write = (chunk: string): void => {
    text += chunk;
  };
  const outcome = { code: exitCodes.done as (typeof exitCodes)[keyof typeof exitCodes] };
  await run(buildCli('0.0.0'), ['rbac', ...argv], {
    process: { stdout: { write }, stderr: { write }, env: {} },
    isTTY: false,
    signal: new AbortController().signal,
    version: '0.0.0',
    outcome,
  });
  return { text, code: outcome.code };
}

test('prints the roles of a command of two words, with a binding for each kind of subject', async () => {
  const { text, code } = await said('trust', 'renew', '--user', 'ann', '--group', 'ops', '--service-account', 'ci/bot');
  expect(code).toBe(exitCodes.done);
  expect(text).toContain('name: isthmus-trust-renew');
  expect(text.match(/^kind: .*/gm)).toEqual(
    ['ClusterRole', 'Role', 'Role', 'ClusterRoleBinding', 'RoleBinding', 'RoleBinding'].map((kind) => `kind: ${kind}`),
  );
  expect(text).toMatch(/- kind: User\n +name: ann\n[\s\S]*- kind: Group\n +name: ops\n[\s\S]*namespace: ci\n/);
});

test.each([
  ['init', ['isthmus-system', 'istio-system']],
  ['plan', ['isthmus-system', 'istio-system']],
  ['status', []],
])('the roles of %s bring the namespaces that an empty cluster lacks: %j', async (command, namespaces) => {
  const objects = parseAllDocuments((await said(command)).text).map((one) => one.toJS() as KubeObject);
  const made = objects.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [metadata.name] : []));
  expect(made.toSorted()).toEqual(namespaces);
  const placed = objects.flatMap(({ kind, metadata }) => (kind === 'Role' ? [metadata.namespace] : []));
  if (namespaces.length > 0) expect(placed.filter((name) => !made.includes(name ?? ''))).toEqual([]);
});

test('prints a report as JSON', async () => {
  const { text } = await said('status', '-o', 'json');
  expect(JSON.parse(text)).toMatchObject({ kind: 'AccessRoles', command: 'status' });
});

test.each([
  [['aply'], 'there are no roles for aply', 'did you mean apply?'],
  [['render'], 'there are no roles for render', 'the commands that reach clusters are init, plan, apply'],
  [['trust', '--live'], 'trust has no --live', 'leave `--live` out'],
  [['apply', '--clusters', 'west'], 'no mesh file is given', 'give the mesh file with `-f FILE`'],
  [['apply', '--service-account', 'bot'], '"bot" is not an account of a cluster', 'write NAMESPACE/NAME'],
])('%j is a wrong use, and says why', async (argv, why, how) => {
  const { text, code } = await said(...argv);
  expect(code).toBe(exitCodes.usage);
  expect(text).toContain(why);
  expect(text).toContain(how);
});
