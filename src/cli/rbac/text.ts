import { Document, isMap, isSeq } from 'yaml';
import { yamlStyle } from '../../base/yaml-style.ts';
import type { AccessRoles } from '../../report/access-roles.ts';

/** The objects as YAML, each rule below its reason. */
export function rolesText({ command, mesh, clusters, objects }: AccessRoles): string {
  const words = commandWords[command] ?? command;
  const where =
    mesh === undefined
      ? 'every cluster of a mesh, unless istiods of other clusters run in it'
      : `${(clusters ?? []).join(', ')} of mesh ${mesh}`;
  return `# What isthmus ${words} needs in ${where}.\n${objects.map((one) => `---\n${objectText(one)}`).join('')}`;
}

const commandWords: Readonly<Record<string, string>> = {
  renewTrust: 'trust renew',
  applyGuarded: 'apply --guard',
  traceLive: 'trace --live',
  verifySweep: 'verify, with its sweep of what earlier runs left,',
  uninstallAnyIstio: 'uninstall --any-istio',
};

function objectText({ object, reasons }: AccessRoles['objects'][number]): string {
  const document = new Document(object, yamlStyle);
  const rules = document.get('rules');
  const items = isSeq(rules) ? rules.items.filter(isMap) : [];
  for (const [index, rule] of items.entries()) {
    const reason = reasons[index];
    if (reason !== undefined) rule.commentBefore = ` ${reason}`;
    for (const { value } of rule.items) if (isSeq(value)) value.flow = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
