import type { JsonObject } from '../../base/json.ts';
import { parseLabelSelector } from '../../objects/label-selector.ts';
import { fieldsOf, objectsOf, textOf } from '../values/fields.ts';
import { defaultExportToOf, sidecarVisibilityOf } from '../values/mesh-config.ts';
import type { IstiodSettings } from '../values/snapshot.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * The exportTo of a ServiceEntry after MeshConfig.serviceEntryVisibility, which only ever narrows it
 * (pilot/pkg/model/push_context.go, serviceExportTo). Undefined: the mesh's default holds.
 */
export function visibleTo(
  istiod: IstiodSettings,
  declared: readonly string[],
  namespace: { readonly name: string; readonly labels: Labels },
): ReadonlySet<string> | undefined {
  const own = declared.length === 0 ? undefined : new Set(declared);
  const policy = sidecarVisibilityOf(istiod);
  const exportTo = own ?? new Set(defaultExportToOf(istiod));
  if (policy === undefined || (exportTo.size === 1 && exportTo.has('~'))) return own;
  switch (visibilityIn(policy, namespace.labels)) {
    case 'NAMESPACE': {
      const isOwn = exportTo.has('*') || exportTo.has('.') || exportTo.has(namespace.name);
      return new Set([isOwn ? '.' : '~']);
    }
    case 'NONE':
      return new Set(['~']);
    default:
      return own;
  }
}

/** The first policy whose rules all match decides; a rule that istiod cannot read never matches. */
function visibilityIn(policy: JsonObject, labels: Labels): string {
  const matching = objectsOf(policy.policies).find((candidate) =>
    objectsOf(candidate.matchingRules).every((rule) => {
      const selector = parseLabelSelector(rule.namespaceSelector);
      return selector?.(labels) === true;
    }),
  );
  return textOf(fieldsOf(matching).visibility) || (matching === undefined ? textOf(policy.defaultVisibility) : '');
}
