/** A Mesh that is right, to which keys of its spec can be added. */
export const meshText = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec:
  istio: {version: "1.31"}
`;

/** A MeshCluster that is right, with more of its spec. */
export function clusterText(name: string, more = ''): string {
  return `apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: ${name}}
spec:
  network: us
${more}`;
}

/** The text of a file with several documents. */
export function stream(...documents: readonly string[]): string {
  return documents.join('---\n');
}
