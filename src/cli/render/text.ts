import { stringify } from 'yaml';
import { yamlStyle } from '../../base/yaml-style.ts';
import type { MissingObject, RenderedMesh, RenderReport } from '../../report/render.ts';
import { refText } from '../shell/ref-text.ts';

/** What a render did to its folder. */
export function renderedText({ mesh, folder, written, removed, unchanged, missing, notices }: RenderReport): string {
  return (
    notices.map((notice) => `${notice}\n`).join('') +
    `mesh ${mesh}: ${written.length} files written, ${removed.length} removed, ${unchanged.length} unchanged in ${folder}\n` +
    `${missing.length} objects are not among them, because they hold keys, tokens or addresses: see ${folder}/README.md\n`
  );
}

/** An object as a file for Git: equal objects give equal text. */
export function objectText(object: RenderedMesh['files'][number]['object']): string {
  const { apiVersion, kind, metadata, ...rest } = object;
  const options = { ...yamlStyle, lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true } as const;
  const sections = [{ apiVersion }, { kind }, { metadata }, rest].filter((section) => Object.keys(section).length > 0);
  return sections.map((section) => stringify(section, options)).join('');
}

/** The page beside the rendered folders: what is not in them, and how it gets into the clusters. */
export function readmeText({ mesh, clusters, missing }: RenderedMesh): string {
  return `# Mesh ${mesh}, rendered

\`isthmus render\` wrote the folders beside this file: one for each cluster, in it one for each step, to be applied in the
order of their numbers. They hold what \`isthmus apply\` writes, as far as it follows from the mesh file. Do not edit
them: render again. Files of yours may stand beside them; a render leaves those alone.

## What is not here, on purpose

Private keys and tokens never go into these files, and neither does what only the clusters know.

${clusters.map((cluster) => missingSection(cluster, missing)).join('\n')}
They get into the clusters in one of two ways:

- **Run \`isthmus apply\` once**, from a trusted place. It makes and stores all of them, and renews nothing that these files hold.
  Run it again for a cluster that is new, or when \`isthmus plan\` says that a certificate is due.
- **Or from your secret store** (External Secrets, Sealed Secrets, SOPS): the same Secrets under the same names. \`cacerts\` holds
  \`ca-cert.pem\`, \`ca-key.pem\`, \`cert-chain.pem\` and \`root-cert.pem\`; a remote secret is what
  \`istioctl create-remote-secret\` prints. \`cacerts\` must be there before the control plane starts.
`;
}

function missingSection(cluster: string, missing: readonly MissingObject[]): string {
  const own = missing.filter((one) => one.cluster === cluster);
  const lines = own.map(({ ref, message }) => `- \`${refText(ref)}\`: ${message}`);
  return `In ${cluster}:\n\n${lines.length === 0 ? '- nothing is missing' : lines.join('\n')}\n`;
}
