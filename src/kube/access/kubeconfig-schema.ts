import { z } from 'zod';

const text = z.string().min(1);
/** An empty text is an absent one, as for client-go: generators write every field that they know. */
const textOrEmpty = z
  .string()
  .transform((value) => (value === '' ? undefined : value))
  .optional();

export const clusterEntry = z.looseObject({
  server: text,
  'certificate-authority': textOrEmpty,
  'certificate-authority-data': textOrEmpty,
  'tls-server-name': textOrEmpty,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'proxy-url': textOrEmpty,
  extensions: z.array(z.looseObject({ name: text, extension: z.json().optional() })).optional(),
});

export const execEntry = z.looseObject({
  apiVersion: text,
  command: text,
  args: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: text, value: z.string().default('') })).optional(),
  installHint: z.string().optional(),
  provideClusterInfo: z.boolean().optional(),
  interactiveMode: z
    .enum(['', 'Never', 'IfAvailable', 'Always'])
    .transform((mode) => (mode === '' ? undefined : mode))
    .optional(),
});

export const userEntry = z.looseObject({
  'client-certificate': textOrEmpty,
  'client-certificate-data': textOrEmpty,
  'client-key': textOrEmpty,
  'client-key-data': textOrEmpty,
  token: textOrEmpty,
  tokenFile: textOrEmpty,
  username: textOrEmpty,
  'auth-provider': z.json().optional(),
  as: textOrEmpty,
  'as-uid': textOrEmpty,
  'as-groups': z.array(text).optional(),
  'as-user-extra': z.record(z.string(), z.array(z.string())).optional(),
  exec: execEntry.optional(),
});

export const contextEntry = z.looseObject({
  cluster: text,
  user: z.string().optional(),
});

/** A kubeconfig file after its nulls were taken out. Fields that we do not use are let through. */
export const kubeconfigFile = z.looseObject({
  'current-context': z.string().optional(),
  clusters: z.array(z.looseObject({ name: text, cluster: clusterEntry })).optional(),
  users: z.array(z.looseObject({ name: text, user: userEntry.optional() })).optional(),
  contexts: z.array(z.looseObject({ name: text, context: contextEntry })).optional(),
});

export type ClusterEntry = z.output<typeof clusterEntry>;
export type ExecEntry = z.output<typeof execEntry>;
export type UserEntry = z.output<typeof userEntry>;
export type ContextEntry = z.output<typeof contextEntry>;
export type KubeconfigFile = z.output<typeof kubeconfigFile>;
