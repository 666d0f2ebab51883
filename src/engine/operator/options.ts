/** Where an operator is installed, and as what. */
export interface InstallOptions {
  /** The context of the home cluster; left out, the one by which the mesh file reaches it. */
  readonly context?: string | undefined;
  /** A mesh file, for whose mesh root and issuer are made where there are none. Left out, no trust is looked at. */
  readonly file?: string | undefined;
  /** Left out, `isthmus.invalid/isthmus-operator:VERSION`, which is made from the source. */
  readonly image?: string | undefined;
  /** The URL by which other clusters reach the API server of the home cluster; left out, the kubeconfig's, of manifests none. */
  readonly homeServer?: string | undefined;
  /** Of the probes that it keeps; left out, the image of throw-away pods. */
  readonly probeImage?: string | undefined;
  /** How many pods; one of them leads. Default 1. */
  readonly replicas?: 1 | 2 | undefined;
}

export interface OperatorRunOptions {
  /** `Plan` changes nothing. Default `Carry out`. */
  readonly until?: 'Plan' | 'Done' | undefined;
  /** How long each wait may take, in milliseconds; default 300,000. */
  readonly timeoutMs?: number | undefined;
  /** Keys may be sent to an API server whose certificate is not checked. */
  readonly allowInsecureTls?: boolean | undefined;
  /** Told what is waited for, and why it lasts. */
  readonly onWait?: ((what: string) => void) | undefined;
}

export interface GrantOptions extends OperatorRunOptions {
  /** The context of the cluster that the operator is to reach. */
  readonly context: string;
  /** The context of the home cluster; left out, the Secret is given back in the place of being written. */
  readonly home?: string | undefined;
  /** The name of its MeshCluster; left out, that of the context. */
  readonly name?: string | undefined;
  /** `MayEmpty`: the account gets the rights that `deletionPolicy: Uninstall` takes besides. Default `MayNot`. */
  readonly emptying?: 'MayEmpty' | 'MayNot' | undefined;
  /** The API server's URL as a pod of the home cluster reaches it; left out, the kubeconfig's. */
  readonly server?: string | undefined;
}

export interface RemoveOptions extends OperatorRunOptions {
  /** The context of the home cluster. */
  readonly context: string;
  /** Whether the mesh's documents go too, with their definitions. Default `Keep`. */
  readonly documents?: 'Keep' | 'Remove' | undefined;
}
