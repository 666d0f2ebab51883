/** Where a mesh is taken from. Paths are relative to the working directory of the process. */
export type MeshSource =
  /** The path of a mesh file. */
  | { readonly file: string }
  /** The text of a mesh file; `name` is shown in findings. */
  | { readonly text: string; readonly name: string }
  /** The context of the home cluster, which keeps the documents. */
  | { readonly home: string }
  /** The path of a plan file; a mesh file beside it must declare what was planned. */
  | { readonly plan: string; readonly file?: string }
  /** A folder that a snapshot was written to: read-only use cases alone. */
  | { readonly snapshot: string };

/** How the mesh was named, for messages that name it again: one of the three, or `file: '-'` for a text. */
export interface MeshOrigin {
  readonly file?: string;
  readonly home?: string;
  readonly snapshot?: string;
}
