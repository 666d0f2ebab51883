import { z } from 'zod';
import { fields, list, named } from './schema.ts';

const operations = [
  'apply',
  'doctor',
  'drill',
  'join',
  'leave',
  'plan',
  'probe',
  'rbac',
  'render',
  'renewTrust',
  'shift',
  'snapshot',
  'status',
  'trace',
  'trust',
  'uninstall',
  'verify',
  'version',
  'whatif',
] as const;

const optionNames = [
  'accept',
  'all',
  'allowInsecureTls',
  'anyIstio',
  'assert',
  'change',
  'check',
  'clusterLost',
  'clusters',
  'connected',
  'context',
  'crds',
  'down',
  'dryRun',
  'file',
  'from',
  'guard',
  'helm',
  'home',
  'istioctl',
  'live',
  'maxDelete',
  'method',
  'noRequest',
  'out',
  'path',
  'probeImage',
  'requests',
  'snapshot',
  'subset',
  'timeout',
  'to',
  'trustKubeconfig',
  'verify',
  'yes',
] as const;

const operation = z.enum(operations).meta({ id: 'Operation', description: 'What the engine can do.' });

const optionName = z.enum(optionNames).meta({ id: 'OptionName', description: 'The options of operations.' });

const optionValue = z.union([z.string(), z.number()]);

const options = z
  .partialRecord(optionName, z.union([z.string(), z.number(), z.literal(true)]))
  .readonly()
  .describe('Options with their values; true for one that takes none.');

/** Run an operation of Isthmus. */
export const runAction = named('RunAction', 'Run an operation of Isthmus on the same mesh.', {
  do: z.literal('Run').describe('Which action this is.'),
  operation: operation.describe('The operation.'),
  subject: z
    .exactOptional(z.string())
    .describe('What the operation is about: the cluster of a join or leave, the folder of a snapshot.'),
  options: z.exactOptional(options).describe('Options with their values; true for one that takes none.'),
});

export const repeatAction = named('RepeatAction', 'Run again what was just tried.', {
  do: z.literal('Repeat').describe('Which action this is.'),
  options: z.exactOptional(options).describe('Options to add.'),
  without: z.exactOptional(list(optionName)).describe('Options to leave out.'),
});

export const optionAction = named('OptionAction', 'An option of what was just tried.', {
  do: z.literal('Option').describe('Which action this is.'),
  name: optionName.describe('The option.'),
  value: z.exactOptional(optionValue).describe('Its value; left out where it takes none or the reader knows it.'),
});

export const executeAction = named('ExecuteAction', "Run another program, with the user's own rights.", {
  do: z.literal('Execute').describe('Which action this is.'),
  program: z.enum(['helm', 'istioctl', 'kubectl']).describe('The program.'),
  args: list(z.string()).describe('Its arguments.'),
});

export const setAction = named('SetAction', 'Set a field of a declared document.', {
  do: z.literal('Set').describe('Which action this is.'),
  field: z.string().describe("The field's path, e.g. `spec.access.context`."),
  of: fields({
    kind: z.enum(['Mesh', 'MeshCluster', 'MeshService']).describe('The kind of the document.'),
    name: z.exactOptional(z.string()).describe('The name of the document, where there may be several.'),
  }).describe('The document.'),
  value: z.exactOptional(z.string()).describe('The value; left out where the reader knows it.'),
});

export const restartAction = named('RestartAction', 'Restart what a workload runs.', {
  do: z.literal('Restart').describe('Which action this is.'),
  cluster: z.string().describe("The cluster's name."),
  context: z
    .exactOptional(z.string())
    .describe('The kubeconfig context that leads to the cluster, where it has another name.'),
  namespace: z.string().describe('The namespace.'),
  workload: z.exactOptional(z.string()).describe('`deployment/istiod`; left out, every workload of the namespace.'),
});

/** Something that mends a problem, as data. */
export const action = z
  .discriminatedUnion('do', [runAction, repeatAction, optionAction, executeAction, setAction, restartAction])
  .meta({ id: 'Action', description: 'Something that solves a problem; `do` says which kind of action it is.' });

export type Action = z.infer<typeof action>;

/** The words and actions of a remedy, in order. */
export const remedy = list(z.union([z.string(), action])).meta({
  id: 'Remedy',
  description:
    'What to do about a problem: a sentence in the imperative, without a full stop, in parts. A part is words or an action; joined in order, with each action in words, they read as the sentence. An empty list means that nothing is known to help.',
});

export type Remedy = z.infer<typeof remedy>;
