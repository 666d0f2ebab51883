import type { IsthmusError } from './error.ts';

/** Why something that is declared for a service has not the effect that is declared. */
export type EffectObstacleCode =
  /** No cluster that is read has such a service. */
  | 'no-service'
  /** An object that carries it out is not in the cluster whose configuration istiod reads. */
  | 'missing'
  /** It is there, and callers do not see it. */
  | 'hidden'
  /** Another DestinationRule holds. */
  | 'other-rule'
  /** Another VirtualService decides. */
  | 'other-route'
  /** The object is there and holds, and says something else than what is declared. */
  | 'other-values'
  /** istiod's settings say something else. */
  | 'other-setting'
  /** Callers choose a pod or another host themselves. */
  | 'not-steerable'
  /** A cluster that is to answer has no endpoint that is used. */
  | 'no-endpoint'
  /** Requests end on the way. */
  | 'lost'
  /** Pods without a sidecar, whose requests nothing steers. */
  | 'no-sidecar';

/** One obstacle, as the model finds it and a finding words it. */
export interface EffectObstacle {
  readonly code: EffectObstacleCode;
  /** A sentence without a full stop. */
  readonly message: string;
  /** A request that shows it: who sends it, and to which host and port. */
  readonly request?: { readonly from: string; readonly to: string };
}

/** Whether what is declared for a service is what the proxies of a cluster do. */
export type ModelledEffect =
  /** They go by it, but for the exceptions that somebody made to a pattern. */
  | { readonly state: 'Yes'; readonly exceptions: readonly string[] }
  /** No pod of the cluster has a sidecar: there is nobody whose requests it could steer. */
  | { readonly state: 'Unused' }
  | { readonly state: 'No'; readonly obstacles: readonly EffectObstacle[] }
  /** `error`: what kept the cluster from being read, where that is why. */
  | { readonly state: 'Unknown'; readonly why: string; readonly error?: IsthmusError };
