import type { ModelledEffect } from '../../base/service-effect.ts';

/** Whether what a MeshService asks for is in effect in a cluster. */
export interface ServiceEffect {
  readonly namespace: string;
  readonly name: string;
  /** `split west 80, east 20; failover to east` */
  readonly policy: string;
  /** False where an object that carries it out was seen to differ from what is declared. */
  readonly isAsDeclared: boolean;
  readonly effect: ModelledEffect;
}

/** The two together: an object that differs is not in effect as declared, whatever proxies make of it. */
export function inEffect({
  isAsDeclared,
  effect,
}: Pick<ServiceEffect, 'isAsDeclared' | 'effect'>): 'Yes' | 'No' | 'Unknown' | 'Unused' {
  return isAsDeclared ? effect.state : 'No';
}
