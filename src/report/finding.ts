import { z } from 'zod';
import { findingCodes } from '../base/finding.ts';
import { action, remedy } from './remedy.ts';
import { list, moment, named } from './schema.ts';

export const position = named('Position', 'A place in a file. Line and column count from 1.', {
  file: z.string().describe("The file's path, as it was given."),
  line: z.number().describe('The line.'),
  column: z.number().describe('The column.'),
  length: z.number().describe('How many characters of the line are meant.'),
  text: z.string().describe('The whole line.'),
});

export type Position = z.infer<typeof position>;

export const objectPath = named('ObjectPath', 'A field of an object.', {
  apiVersion: z.string().describe("The object's API version."),
  kind: z.string().describe("The object's kind."),
  namespace: z.exactOptional(z.string()).describe("The object's namespace; left out where it has none."),
  name: z.string().describe("The object's name."),
  field: z.string().describe("The field's path, e.g. `spec.access.context`; empty for the object as a whole."),
});

export type ObjectPath = z.infer<typeof objectPath>;

export const evidence = named('Evidence', 'Something that was seen.', {
  fact: z.string().describe('A sentence without a full stop, or words quoted from a log.'),
  source: z.string().describe('Where it was seen, e.g. `west: Secret istio-system/cacerts`.'),
  at: z.exactOptional(moment()).describe('When it was seen, RFC 3339; left out where that is unknown.'),
});

export type Evidence = z.infer<typeof evidence>;

export const categories = [
  'Config',
  'Reach',
  'Trust',
  'Discovery',
  'Network',
  'DataPath',
  'Policy',
  'Capacity',
  'Lifecycle',
  'Security',
] as const;

export const findingCode = z.enum(findingCodes).meta({ id: 'FindingCode', description: 'The code of a finding.' });

/** The fields of a finding, for what is a finding and more. */
export const findingFields = {
  code: findingCode.describe('The code, in kebab-case; [every code](errors.md).'),
  severity: z.enum(['error', 'warning', 'info']).describe('How grave it is.'),
  message: z.string().describe('What is wrong and with which object: a sentence without a full stop.'),
  remedy: remedy.describe('What to do about it.'),
  evidence: z.exactOptional(list(evidence)).describe('What was seen of it.'),
  at: z
    .exactOptional(z.union([position, objectPath]))
    .describe('Where it stands: a place in a file, or a field of an object.'),
  cluster: z.exactOptional(z.string()).describe('The cluster that it is about, by the name that the mesh gives it.'),
  peer: z
    .exactOptional(z.string())
    .describe('The other cluster that it is about: the one that `cluster` reads or sends requests to.'),
  object: z
    .exactOptional(z.string())
    .describe('The object of the cluster that it is about, e.g. `Deployment istio-system/istiod`.'),
  category: z.exactOptional(z.enum(categories)).describe('What it is about.'),
  confidence: z
    .exactOptional(z.enum(['Proved', 'Inferred', 'Unknown']))
    .describe(
      'Proved by something that was seen, inferred from it, or unknown because what would tell was not read; left out, proved.',
    ),
  explains: z.exactOptional(list(findingCode)).describe('The codes of findings that follow from this one.'),
  impact: z.exactOptional(z.string()).describe('What it breaks, e.g. `14 of 90 pairs`.'),
  fix: z
    .exactOptional(list(action))
    .describe(
      'What of the remedy a program may carry out once somebody has seen it, in order: nothing is deleted by it for good.',
    ),
  undo: z.exactOptional(remedy).describe('What takes the fix back.'),
};

/** Something the user can correct: a finding as data (src/base/finding.ts), its remedy always in parts. */
export const finding = named('Finding', 'Something that the user can correct.', findingFields);

export type Finding = z.infer<typeof finding>;
