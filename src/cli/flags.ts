import { IsthmusError } from '../base/error.ts';

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

/** Flags that every command has. */
export const commonFlags = {
  noColor: { kind: 'boolean', brief: 'Write no colours', optional: true, withNegated: false },
} as const;

/** Flags of the commands that work on a mesh file. */
export const meshFlags = {
  file: { kind: 'parsed', parse: String, brief: 'The mesh file; - for standard input', placeholder: 'FILE' },
  clusters: {
    kind: 'parsed',
    parse: parseNames,
    brief: 'Only these clusters of the file, separated by commas',
    placeholder: 'NAMES',
    optional: true,
  },
  output: {
    kind: 'enum',
    values: ['text', 'json'],
    brief: 'The form of the result on standard output',
    default: 'text',
  },
  timeout: {
    kind: 'parsed',
    parse: parseDuration,
    brief: 'How long the whole command may take',
    placeholder: 'DURATION',
    default: '5m',
  },
  ...commonFlags,
} as const;

export const meshAliases = { f: 'file', o: 'output' } as const;

export interface MeshFlags {
  readonly file: string;
  readonly clusters?: readonly string[];
  readonly output: 'text' | 'json';
  readonly timeout: number;
  readonly noColor?: boolean;
}

export interface ApplyFlags extends MeshFlags {
  readonly istioctl?: string;
  readonly dryRun?: boolean;
}

export interface VerifyFlags extends MeshFlags {
  readonly probeImage?: string;
  readonly requests: number;
  readonly junit?: string;
}
