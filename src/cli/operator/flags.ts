import { commonFlags, insecureFlag, meshFlags, type OutputForm, type VoiceFlags, waitFlag } from '../shell/flags.ts';

const { file, output, verbose, quiet } = meshFlags;

export const operatorAliases = { o: 'output', v: 'verbose', q: 'quiet' } as const;

/** The flags of every command about the operator. */
export const operatorFlags = {
  context: {
    kind: 'parsed',
    parse: String,
    brief: 'The context of the home cluster, in which the operator runs',
    placeholder: 'CONTEXT',
  },
  output,
  verbose,
  quiet,
  ...commonFlags,
} as const;

/** The flags of those that change a cluster. */
export const changingFlags = {
  ...operatorFlags,
  ...waitFlag,
  dryRun: {
    kind: 'boolean',
    brief: 'Show what would be changed, and change nothing',
    optional: true,
    withNegated: false,
  },
} as const;

export const grantFlags = {
  ...changingFlags,
  ...insecureFlag,
  context: { ...operatorFlags.context, brief: 'The context of the cluster that the operator is to reach' },
  home: {
    kind: 'parsed',
    parse: String,
    brief: 'The context of the home cluster, which gets the Secret with the kubeconfig',
    placeholder: 'CONTEXT',
    optional: true,
  },
  name: {
    kind: 'parsed',
    parse: String,
    brief: 'The name of the MeshCluster; left out, that of the context',
    placeholder: 'CLUSTER',
    optional: true,
  },
  server: {
    kind: 'parsed',
    parse: String,
    brief: "The URL of the API server as the home cluster's pods reach it; left out, that of the kubeconfig",
    placeholder: 'URL',
    optional: true,
  },
  uninstall: {
    kind: 'boolean',
    brief: 'Give the rights too that spec.deletionPolicy Uninstall takes: to read and delete what the mesh has there',
    optional: true,
    withNegated: false,
  },
  print: {
    kind: 'boolean',
    brief: 'Print the Secret for the home cluster, with the credential, in the place of writing it',
    optional: true,
    withNegated: false,
  },
} as const;

const { context } = operatorFlags;

export const installFlags = {
  ...changingFlags,
  ...insecureFlag,
  context: { ...context, optional: true },
  file: {
    ...file,
    brief: 'A mesh file, for whose mesh root and issuer are made where there are none; it names the home cluster too',
  },
  image: {
    kind: 'parsed',
    parse: String,
    brief: "The operator's image; left out, the one that is made from the source (docs/image.md)",
    placeholder: 'IMAGE',
    optional: true,
  },
  homeServer: {
    kind: 'parsed',
    parse: String,
    brief:
      "The URL by which other clusters reach the home cluster's API server; left out, the kubeconfig's, with --render none",
    placeholder: 'URL',
    optional: true,
  },
  probeImage: {
    kind: 'parsed',
    parse: String,
    brief:
      'The image of the probes that it keeps in each cluster; left out, the one that is made from the source (docs/image.md)',
    placeholder: 'IMAGE',
    optional: true,
  },
  replicas: {
    kind: 'enum',
    values: ['1', '2'],
    brief: 'How many pods; one of them leads, and another takes over within seconds',
    default: '1',
  },
  render: {
    kind: 'parsed',
    parse: String,
    brief: 'Write the objects into a folder, and reach no cluster',
    placeholder: 'DIR',
    optional: true,
  },
} as const;

export const uninstallFlags = {
  ...changingFlags,
  documents: {
    kind: 'boolean',
    brief: "Remove the mesh's documents too, with their definitions; the mesh runs on without them",
    optional: true,
    withNegated: false,
  },
} as const;

export interface OperatorFlags extends VoiceFlags {
  readonly context: string;
  readonly output: OutputForm;
  readonly noColor?: boolean;
}

export interface ChangingFlags extends OperatorFlags {
  readonly timeout: number;
  readonly dryRun?: boolean;
}

export interface GrantFlags extends ChangingFlags {
  readonly allowInsecureTls?: boolean;
  readonly home?: string;
  readonly name?: string;
  readonly server?: string;
  readonly uninstall?: boolean;
  readonly print?: boolean;
}

export interface InstallFlags extends Omit<ChangingFlags, 'context'> {
  readonly context?: string;
  readonly allowInsecureTls?: boolean;
  readonly file?: string;
  readonly image?: string;
  readonly replicas: '1' | '2';
  readonly homeServer?: string;
  readonly probeImage?: string;
  readonly render?: string;
}

export interface OperatorUninstallFlags extends ChangingFlags {
  readonly documents?: boolean;
}
