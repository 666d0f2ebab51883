/** Where a mesh is taken from. Paths are relative to the working directory of the process. */
export type MeshSource =
  /** The path of a mesh file. */
  | { readonly file: string }
  /** The text of a mesh file; `name` is shown in findings. */
  | { readonly text: string; readonly name: string }
  /** The context of the home cluster, which keeps the documents. */
  | ({ readonly home: string } & UsersWord)
  /** The path of a plan file; a mesh file beside it must declare what was planned. */
  | { readonly plan: string; readonly file?: string }
  /** A folder that a snapshot was written to: read-only use cases alone. */
  | { readonly snapshot: string };

/** How the mesh was named, for messages that name it again: one of the three, or `file: '-'` for a text. */
export interface MeshOrigin extends UsersWord {
  readonly file?: string | undefined;
  readonly home?: string | undefined;
  readonly snapshot?: string | undefined;
}

/**
 * What counts only by the user's own word where the documents come from the home cluster: whoever may write there must not
 * choose from the user's contexts, files and charts. A document that names another is refused with `invalid-config`.
 */
export interface UsersWord {
  /**
   * Contexts of the user's own kubeconfig by the names of the clusters that they lead to; the home cluster has its own.
   * Not needed where the port `connect` is given.
   */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
  /**
   * Values of `spec.istio.charts`, `spec.trust.issuer.files`, `spec.access.kubeconfig` and `spec.access.secret` that the
   * documents may have; `inCluster` for `spec.access.inCluster`.
   */
  readonly accept?: readonly string[] | undefined;
}
