/** A mesh file for clusters that are each on a network of their own, with everything else left to its default. */
export function meshFile(clusters: readonly string[]): string {
  const mesh =
    'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: { name: bench }\nspec: { istio: { version: "1.31" } }\n';
  const members = clusters.map(
    (name) =>
      `apiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: { name: ${name} }\nspec: { network: ${name}, injectNamespaces: [sample] }\n`,
  );
  return [mesh, ...members].join('---\n');
}
