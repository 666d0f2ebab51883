import { z } from 'zod';
import { list, named } from './schema.ts';

const refFields = {
  apiVersion: z.string().describe('The API version, e.g. `apps/v1`.'),
  kind: z.string().describe('The kind, e.g. `Deployment`.'),
  namespace: z.exactOptional(z.string()).describe('The namespace; left out for a cluster-scoped object.'),
  name: z.string().describe('The name.'),
};

export const objectRef = named('ObjectRef', 'One object of a cluster.', refFields);

export type ObjectRef = z.infer<typeof objectRef>;

/** The steps of a removal, in their order. */
export const removalStages = [
  'Webhooks',
  'CustomResources',
  'RemoteSecrets',
  'Injection',
  'Gateways',
  'ControlPlane',
  'Access',
  'Trust',
  'Leftovers',
  'Definitions',
  'System',
] as const;

export const stagedRef = named('StagedRef', 'One object of a cluster, and the step of a removal in which it goes.', {
  stage: z.enum(removalStages).describe('The step of the removal.'),
  ...refFields,
});

export type StagedRef = z.infer<typeof stagedRef>;

export const keptObject = named('KeptObject', 'An object that stays, and why.', {
  ref: objectRef.describe('The object.'),
  reason: z.string().describe('Why it stays, in words.'),
});

export type KeptObject = z.infer<typeof keptObject>;

export const stuckObject = named('StuckObject', 'An object that was to go and is still there.', {
  object: objectRef.describe('The object.'),
  reason: z.string().describe('What keeps it: a sentence.'),
  finalizers: list(z.string()).describe('Its finalizers.'),
});

export type StuckObject = z.infer<typeof stuckObject>;
