import { IsthmusError } from '../../base/error.ts';
import { parseMethod, parsePath } from './request-flags.ts';

/** `90s`, `5m`, `1h` in milliseconds, as kubectl's --timeout takes it. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const factors: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const factor = factors[match?.[2] ?? ''];
  if (match === null || factor === undefined) {
    throw new IsthmusError('usage', `"${text}" is not a duration: write a number and a unit, such as 90s or 5m`);
  }
  return Number(match[1]) * factor;
}

/** `west,east` as names. */
export function parseNames(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** `east=prod-east`: which context leads to a cluster, as it was written. */
export function parseContext(text: string): string {
  if (/^[^=]+=./.test(text)) return text;
  throw new IsthmusError('usage', `"${text}" names no context for a cluster`, {
    remedy: 'write NAME=CONTEXT, such as east=prod-east',
  });
}

/** A whole number that is not negative. */
export function parseCount(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new IsthmusError('usage', `"${text}" is not a whole number`);
  return Number(text);
}

/** A number that a port can have; 0 stands for any that is free. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^[0-9]+$/.test(text) && port <= 65_535) return port;
  throw new IsthmusError('usage', `"${text}" is no port`);
}

/** In words, or as one document of the contract. */
export type OutputForm = 'text' | 'json' | 'yaml';

/** Flags that every command has. */
export const commonFlags = {
  noColor: { kind: 'boolean', brief: 'Write no colours; left out, NO_COLOR', optional: true, withNegated: false },
} as const;

/** Flags of the commands that work on a mesh file. */
export const meshFlags = {
  file: {
    kind: 'parsed',
    parse: String,
    brief: 'The mesh file; - for standard input; left out, ISTHMUS_FILE',
    placeholder: 'FILE',
    optional: true,
  },
  home: {
    kind: 'parsed',
    parse: String,
    brief: 'Read the mesh from the home cluster at this context, instead of a file; left out, ISTHMUS_HOME',
    placeholder: 'CONTEXT',
    optional: true,
  },
  context: {
    kind: 'parsed',
    parse: parseContext,
    brief:
      'With --home: the context of your kubeconfig that leads to a cluster; once for each cluster besides the home',
    placeholder: 'NAME=CONTEXT',
    variadic: true,
    optional: true,
  },
  accept: {
    kind: 'parsed',
    parse: String,
    brief: 'With --home: a chart source, file or Secret that the documents may name; may be given several times',
    placeholder: 'VALUE',
    variadic: true,
    optional: true,
  },
  clusters: {
    kind: 'parsed',
    parse: parseNames,
    brief: 'Only these clusters of the mesh, separated by commas',
    placeholder: 'NAMES',
    optional: true,
  },
  output: {
    kind: 'enum',
    values: ['text', 'json', 'yaml'],
    brief: 'Output format; left out, ISTHMUS_OUTPUT',
    default: 'text',
  },
  timeout: {
    kind: 'parsed',
    parse: parseDuration,
    brief: 'How long the whole command may take; left out, ISTHMUS_TIMEOUT',
    placeholder: 'DURATION',
    default: '5m',
  },
  trustKubeconfig: {
    kind: 'boolean',
    brief: 'Let kubeconfigs that the mesh file names run credential plug-ins and read credentials from files',
    optional: true,
    withNegated: false,
  },
  verbose: {
    kind: 'boolean',
    brief: 'Log each request on standard error: method, path, status and milliseconds; left out, ISTHMUS_VERBOSE',
    optional: true,
    withNegated: false,
  },
  quiet: {
    kind: 'boolean',
    brief: 'Write no progress: results, warnings and errors alone; left out, ISTHMUS_QUIET',
    optional: true,
    withNegated: false,
  },
  ...commonFlags,
} as const;

/** The flag of the commands that write keys into clusters. */
export const insecureFlag = {
  allowInsecureTls: {
    kind: 'boolean',
    brief: 'Send keys to API servers too whose certificate is not checked (insecure-skip-tls-verify)',
    optional: true,
    withNegated: false,
  },
} as const;

/** The flag of the commands that predict requests. */
export const connectedFlag = {
  connected: {
    kind: 'parsed',
    parse: String,
    brief: 'Two networks whose pods reach each other without a gateway; may be given several times',
    placeholder: 'NETWORK-NETWORK',
    variadic: true,
    optional: true,
  },
} as const;

/** The flags of what routes choose a request by. */
export const requestFlags = {
  path: {
    kind: 'parsed',
    parse: parsePath,
    brief: 'The path (with the query) by which routes are chosen; left out, /',
    placeholder: 'PATH',
    optional: true,
  },
  method: {
    kind: 'parsed',
    parse: parseMethod,
    brief: 'The method by which routes are chosen; left out, GET',
    placeholder: 'METHOD',
    optional: true,
  },
} as const;

/** The flag of the commands whose answer takes something for granted. */
export const assumptionsFlag = {
  assumptions: {
    kind: 'boolean',
    brief: 'List what the prediction takes for granted',
    optional: true,
    withNegated: false,
  },
} as const;

/** The flag of the commands whose answer may be that something is not known. */
export const unknownFlag = {
  acceptUnknown: {
    kind: 'boolean',
    brief: 'End with exit code 0 also where something is not known, as long as nothing is known to be wrong',
    optional: true,
    withNegated: false,
  },
} as const;

/** The flag of the commands that read a mesh and change nothing. */
export const snapshotFlag = {
  snapshot: {
    kind: 'parsed',
    parse: String,
    brief: 'Instead of the clusters: a folder that isthmus snapshot wrote',
    placeholder: 'DIR',
    optional: true,
  },
} as const;

export const fastFlag = {
  fast: {
    kind: 'boolean',
    brief: 'Compare nothing with the mesh file: needs no renderer of Istio, and leaves MeshServices out',
    optional: true,
    withNegated: false,
  },
} as const;

/** Flags of the commands that look again and again. */
export const watchFlags = {
  watch: {
    kind: 'boolean',
    brief: 'Look again and again until Ctrl-C, which ends with the exit code of the last look',
    optional: true,
    withNegated: false,
  },
  interval: {
    kind: 'parsed',
    parse: parseDuration,
    brief: 'With --watch: how long to wait between two looks',
    placeholder: 'DURATION',
    default: '10s',
  },
} as const;

export const watchAlias = { w: 'watch' } as const;

/** Flags of the commands that render Istio. */
export const renderFlags = {
  helm: {
    kind: 'parsed',
    parse: String,
    brief: "The helm that renders Istio's charts, where the mesh asks for Helm; left out, ISTHMUS_HELM, then PATH",
    placeholder: 'FILE',
    optional: true,
  },
  istioctl: {
    kind: 'parsed',
    parse: String,
    brief:
      'The istioctl that renders Istio, one for each version that the mesh holds; left out, ISTHMUS_ISTIOCTL, then PATH',
    placeholder: 'FILE',
    variadic: true,
    optional: true,
  },
} as const;

/** Flags of the commands that plan or apply. */
export const runFlags = {
  ...meshFlags,
  ...renderFlags,
  maxDelete: {
    kind: 'parsed',
    parse: parseCount,
    brief: 'How many objects may be deleted in each cluster; left out, 5 or a tenth, whichever is more',
    placeholder: 'N',
    optional: true,
  },
} as const;

/** The time limit of the commands that apply. */
export const waitFlag = {
  timeout: { ...meshFlags.timeout, brief: 'How long each wait may take; left out, ISTHMUS_TIMEOUT' },
} as const;

/** The flag of the commands that start throw-away pods. */
export const probeImageFlag = {
  probeImage: {
    kind: 'parsed',
    parse: String,
    brief:
      'The image of the probes; left out, ISTHMUS_PROBE_IMAGE, then that of this build, which a build from source has to be loaded with (docs/image.md)',
    placeholder: 'IMAGE',
    optional: true,
  },
} as const;

/** The flag of the commands whose end is shown to others. */
export const reportFlag = {
  report: {
    kind: 'parsed',
    parse: String,
    brief: 'Write what happened to this HTML file too, which needs nothing else',
    placeholder: 'FILE',
    optional: true,
  },
} as const;

/** The flag of the commands that ask before they begin. */
export const yesFlag = {
  yes: { kind: 'boolean', brief: 'Do not ask', optional: true, withNegated: false },
} as const;

export const meshAliases = { f: 'file', o: 'output', v: 'verbose', q: 'quiet' } as const;

/** What the user takes upon himself. */
export interface AllowanceFlags {
  readonly allowInsecureTls?: boolean | undefined;
  readonly trustKubeconfig?: boolean | undefined;
}

/** How much is written besides the result. */
export interface VoiceFlags {
  readonly verbose?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

export interface MeshFlags extends VoiceFlags {
  readonly file?: string;
  readonly home?: string;
  readonly context?: readonly string[];
  readonly accept?: readonly string[];
  readonly clusters?: readonly string[];
  readonly output: OutputForm;
  readonly timeout: number;
  readonly trustKubeconfig?: boolean;
  readonly noColor?: boolean;
}

/** Flags of the commands that read a mesh, or what was once read of it. */
export interface SnapshotFlags extends MeshFlags {
  /** A folder that `isthmus snapshot` wrote, or a person. */
  readonly snapshot?: string;
}

export interface CommonFlags {
  readonly noColor?: boolean;
}

export interface ExplainFlags extends CommonFlags {
  readonly recursive?: boolean;
}

export interface InitFlags extends VoiceFlags, CommonFlags {
  readonly context?: readonly string[];
  readonly network?: readonly string[];
  readonly name?: string;
  readonly istio?: string;
  readonly from?: readonly string[];
  readonly output: string;
  readonly force?: boolean;
  readonly timeout: number;
}

export interface WatchFlags {
  readonly watch?: boolean;
  /** Milliseconds. */
  readonly interval: number;
}

export interface StatusFlags extends Omit<SnapshotFlags, 'output'>, RenderFlags, WatchFlags {
  readonly output: OutputForm | 'wide' | 'name';
  readonly fast?: boolean;
  readonly acceptUnknown?: boolean;
}

export interface ServiceFlags extends Omit<SnapshotFlags, 'output'> {
  readonly measure?: number;
  readonly output: OutputForm | 'wide' | 'name';
  readonly acceptUnknown?: boolean;
}

export interface ShiftFlags extends Omit<MeshFlags, 'clusters'>, RenderFlags {}

/** Durations in milliseconds. */
export interface DrillFlags extends Omit<MeshFlags, 'clusters' | 'timeout'> {
  readonly fail: string;
  readonly for: number;
  readonly rate: number;
  readonly probeImage?: string;
  readonly report?: string;
  readonly yes?: boolean;
  readonly acceptUnknown?: boolean;
}

export interface DrillStatusFlags extends MeshFlags {
  readonly acceptUnknown?: boolean;
}

/** How a shift goes on. */
export interface ShiftRunFlags extends ShiftFlags {
  readonly probeImage?: string;
  readonly report?: string;
}

/** How one begins; durations in milliseconds. */
export interface ShiftStartFlags extends ShiftRunFlags {
  readonly selector?: string;
  readonly to: string;
  readonly steps: readonly number[];
  readonly every: number;
  readonly abortOn?: readonly string[];
  readonly expires: number;
}

export interface DoctorFlags extends Omit<SnapshotFlags, 'output'>, RenderFlags, WatchFlags {
  readonly output: OutputForm | 'table' | 'junit' | 'sarif';
  readonly failOn: 'error' | 'warning' | 'info';
  readonly only?: readonly string[];
  readonly explain?: string;
  readonly bundle?: string;
  readonly requirements?: 'table' | 'gcloud' | 'aws' | 'terraform';
  readonly active?: boolean;
  readonly probeImage?: string;
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly fast?: boolean;
  readonly acceptUnknown?: boolean;
}

export interface VersionFlags extends MeshFlags, RenderFlags {
  readonly acceptUnknown?: boolean;
}

export interface RenderFlags {
  readonly helm?: string;
  readonly istioctl?: readonly string[];
}

export type RenderCommandFlags = Omit<MeshFlags, 'clusters'> & RenderFlags;

/** Flags of what plans or applies. */
export interface RunFlags extends MeshFlags, RenderFlags {
  readonly maxDelete?: number;
}

export interface ApplyFlags extends RunFlags {
  readonly guard?: number;
  readonly yes?: boolean;
  readonly allowInsecureTls?: boolean;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly probeImage?: string;
}

export interface PlanFlags extends Omit<RunFlags, 'output'> {
  readonly output: OutputForm | 'wide' | 'name';
  readonly acceptUnknown?: boolean;
  readonly exitCode?: boolean;
  readonly out?: string;
}

export interface RbacFlags extends Omit<MeshFlags, 'timeout'> {
  readonly guard?: boolean;
  readonly live?: boolean;
  readonly sweep?: boolean;
  readonly anyIstio?: boolean;
  readonly user?: readonly string[];
  readonly group?: readonly string[];
  readonly serviceAccount?: readonly string[];
}

export interface VerifyFlags extends MeshFlags {
  readonly acceptUnknown?: boolean;
  readonly probeImage?: string;
  readonly requests: number;
  readonly junit?: string;
}

export interface RenewFlags extends MeshFlags {
  readonly allowInsecureTls?: boolean;
}

export interface TrustFlags extends MeshFlags {
  readonly acceptUnknown?: boolean;
  readonly all?: boolean;
}

export interface JoinFlags extends Omit<RunFlags, 'clusters'> {
  readonly allowInsecureTls?: boolean;
  readonly probeImage?: string;
  readonly check?: boolean;
}

export interface LeaveFlags extends Omit<RunFlags, 'clusters'> {
  readonly allowInsecureTls?: boolean;
  readonly yes?: boolean;
  readonly clusterLost?: boolean;
  /** Milliseconds. */
  readonly drain: number;
}

export interface UninstallFlags extends MeshFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly acceptUnknown?: boolean;
  readonly anyIstio?: boolean;
  readonly crds?: boolean;
}
