import { z } from 'zod';
import { otherIstios } from '../tools/istios.ts';

/** The parts of a control plane, in the order of their start. */
export const controlPlaneParts = ['etcd', 'apiserver', 'controller-manager', 'scheduler'] as const;
/** The parts of a node, in the order of their start. */
export const nodeParts = ['containerd', 'kubelet', 'kube-proxy', 'coredns'] as const;
export const clusterParts = [...controlPlaneParts, ...nodeParts] as const;

export type Part = (typeof clusterParts)[number];

const processSchema = z.object({ pid: z.int().positive(), startTime: z.int().nonnegative() });

const clusterSchema = z.object({
  name: z.string(),
  network: z.string(),
  /** 1 to 31; addresses are made from it. */
  index: z.int().min(1).max(31),
  /** The running parts; one that was stopped is not listed. */
  parts: z.partialRecord(z.enum(clusterParts), processSchema),
});

const delaySchema = z.object({
  clusters: z.tuple([z.string(), z.string()]),
  /** One way, in milliseconds. */
  ms: z.number(),
});

/** state.json: what a lab is and everything it started that is not found by its name. */
export const labStateSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  /** 0 to 7, see network/addresses.ts. */
  index: z.int().min(0).max(7),
  /** The boot of the machine that the lab belongs to. */
  bootId: z.string(),
  createdAt: z.string(),
  phase: z.enum(['starting', 'up', 'stopping']),
  /** The process that started it; it matters only until the phase is `up`. */
  owner: processSchema,
  controlPlaneOnly: z.boolean(),
  /** etcd waits for the disk at every write. */
  fsync: z.boolean(),
  /** Labs that an earlier version started have none. */
  audit: z.boolean().default(false),
  /** The folder of the programs that the lab runs. */
  bin: z.string(),
  /** The Istios whose images and istioctl it has besides the usual one. */
  istios: z.array(z.enum(otherIstios)).default([]),
  clusters: z.array(clusterSchema),
  daemon: processSchema.optional(),
  /** Pairs of clusters whose traffic is dropped. */
  cuts: z.array(z.tuple([z.string(), z.string()])),
  delays: z.array(delaySchema),
  /** The helpers that hold packets back, where the kernel has no netem. */
  delayLines: z.array(processSchema.extend({ cluster: z.string(), queue: z.int() })),
});

export type LabState = z.infer<typeof labStateSchema>;
export type ClusterState = z.infer<typeof clusterSchema>;

/** The state in a state.json, or undefined where the text is not one (torn, foreign, of another version). */
export function parseLabState(text: string): LabState | undefined {
  try {
    return labStateSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
