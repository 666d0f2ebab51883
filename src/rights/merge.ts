import type { PlacedRule } from './select.ts';

/** One verb on one resource. */
interface Atom {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** The rules without what another of them allows already: each that is left is needed. */
export function withoutRepeats(rules: readonly PlacedRule[]): readonly PlacedRule[] {
  const all = new Map(rules.flatMap(atomsOf).map((atom) => [JSON.stringify(atom), atom]));
  const needed = new Set(
    [...all].filter(([, atom]) => !broader(atom).some((one) => all.has(JSON.stringify(one)))).map(([key]) => key),
  );
  return rules.flatMap((rule) => {
    const kept = atomsOf(rule).filter((atom) => needed.delete(JSON.stringify(atom)));
    return regrouped(rule, kept);
  });
}

function atomsOf({ verbs, group, resources, names, namespace }: PlacedRule): readonly Atom[] {
  return resources.flatMap((resource) =>
    verbs.flatMap((verb) => (names ?? [undefined]).map((name): Atom => ({ verb, group, resource, namespace, name }))),
  );
}

/** Every atom besides itself that would allow the same and more. */
function broader(atom: Atom): readonly Atom[] {
  const { verb, group, resource, namespace, name } = atom;
  // `*` stands for every resource, subresources included.
  const kinds = [
    { group, resource },
    { group, resource: '*' },
    { group: '*', resource: '*' },
  ];
  const found = either(namespace, undefined).flatMap((inNamespace) =>
    either(name, undefined).flatMap((ofName) =>
      either(verb, '*').flatMap((does) =>
        kinds.map((kind): Atom => ({ ...kind, verb: does, namespace: inNamespace, name: ofName })),
      ),
    ),
  );
  const own = JSON.stringify(atomOf(atom));
  return found.map(atomOf).filter((one) => JSON.stringify(one) !== own);
}

function atomOf({ verb, group, resource, namespace, name }: Atom): Atom {
  return { verb, group, resource, namespace, name };
}

function either<Value>(value: Value, other: Value): readonly Value[] {
  return value === other ? [value] : [value, other];
}

/** What is left of a rule: the resources with the same verbs and names together. */
function regrouped(rule: PlacedRule, atoms: readonly Atom[]): readonly PlacedRule[] {
  const groups = new Map<string, { readonly rule: PlacedRule; readonly resources: string[] }>();
  for (const resource of new Set(atoms.map((atom) => atom.resource))) {
    const own = atoms.filter((atom) => atom.resource === resource);
    const verbs = [...new Set(own.map(({ verb }) => verb))];
    const names = [...new Set(own.flatMap(({ name }) => name ?? []))];
    const key = JSON.stringify([verbs, names]);
    const { names: _, ...bare } = rule;
    const group = groups.get(key) ?? {
      rule: { ...bare, verbs, ...(names.length === 0 ? {} : { names }) },
      resources: [],
    };
    group.resources.push(resource);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ rule: one, resources }) => ({ ...one, resources }));
}
