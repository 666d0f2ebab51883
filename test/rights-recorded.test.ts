import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText } from '../src/mesh/text/read-text.ts';
import { type RightsCommand, rightsCommands, rulesOf } from '../src/rights/commands.ts';
import { withoutRepeats } from '../src/rights/merge.ts';
import { type PlacedRule, rulesAnywhere, rulesIn } from '../src/rights/select.ts';
import { resolveMesh } from '../src/topology/resolved-mesh.ts';

/**
 * What each command asked real API servers for, from their audit logs (`lab up --audit`): the mesh of
 * examples/two-networks from empty clusters to empty clusters, every command; and the plans and applies of
 * test/e2e/services.test.ts. Each request once: verb, group, resource, namespace, and the name where a rule has names. An
 * apply that made its object counts as `create` too, as the API server counts it.
 */
type Recorded = readonly [verb: string, group: string, resource: string, namespace: string | null, name: string | null];

const root = join(import.meta.dirname, '..');
const recorded = JSON.parse(readFileSync(join(root, 'test/fixtures/rights/requests.json'), 'utf8')) as Readonly<
  Record<RightsCommand, readonly Recorded[]>
>;

/** Rights that the recorded runs did not use, and could not. */
const unseen: readonly (readonly [right: RegExp, because: string])[] = [
  [/poddisruptionbudgets/, "Istio's charts make one for more than one replica only"],
  [/wrappingkeys/, 'the runs were recorded before there was one'],
  [/^create pods\/(portforward|exec)/, 'the API server asks for it besides `get`, which alone is in its log'],
];

function allows({ verbs, group, resources, namespace, names }: PlacedRule, request: Recorded): boolean {
  const [verb, ofGroup, resource, inNamespace, name] = request;
  return (
    verbs.includes(verb) &&
    (group === '*' || group === ofGroup) &&
    (resources.includes('*') || resources.includes(resource)) &&
    (namespace === undefined || namespace === inNamespace) &&
    (names === undefined || names.includes(name ?? ''))
  );
}

test.each(rightsCommands)('the roles of %s allow all that it was seen to ask for', (command) => {
  const rules = withoutRepeats(rulesAnywhere(rulesOf(command)));
  expect(recorded[command].length).toBeGreaterThan(5);
  expect(recorded[command].filter((request) => !rules.some((rule) => allows(rule, request)))).toEqual([]);
});

test.each(rightsCommands)('%s was seen to use each right that every run needs: none is too much', (command) => {
  const { declared } = readText(readFileSync(join(root, 'examples/two-networks/mesh.yaml'), 'utf8'), 'mesh.yaml');
  if (declared === undefined) throw new Error('the mesh is not declared');
  const mesh = resolveMesh(declared);
  const rules = withoutRepeats(mesh.names.flatMap((cluster) => rulesIn(rulesOf(command), mesh, cluster)));
  const idle = rules
    .filter(({ use }) => use === 'Always')
    .flatMap((rule) =>
      rule.resources.flatMap((resource) =>
        rule.verbs
          .filter(
            (verb) =>
              !recorded[command].some((request) => allows({ ...rule, resources: [resource], verbs: [verb] }, request)),
          )
          .map((verb) => `${verb} ${resource} of ${rule.group} in ${rule.namespace ?? 'all namespaces'}`),
      ),
    );
  expect(idle.filter((right) => !unseen.some(([pattern]) => pattern.test(right)))).toEqual([]);
});
