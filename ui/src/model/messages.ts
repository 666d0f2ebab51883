import type { Problem } from '../../../src/dashboard/messages.ts';
import type { ModelQuestion } from '../../../src/engine/model.ts';
import type { WhatIf } from '../../../src/report/whatif.ts';

/** What the page asks of its worker. `Look` reads the facts again; a question is answered from those that were read last. */
export type ToModel =
  | { readonly kind: 'Look' }
  /** Takes the place of the question before it: what that one has not answered is not wanted. */
  | { readonly kind: 'Ask'; readonly id: number; readonly question: ModelQuestion };

/** What the worker says. */
export type FromModel =
  | { readonly kind: 'Facts'; readonly readAt: string | undefined; readonly clusters: number }
  | { readonly kind: 'NoFacts'; readonly problem: Problem }
  /** Of the one host that the question is about, before the rest. */
  | { readonly kind: 'Host'; readonly id: number; readonly report: WhatIf; readonly milliseconds: number }
  | { readonly kind: 'Progress'; readonly id: number; readonly done: number; readonly hosts: number }
  | { readonly kind: 'Whole'; readonly id: number; readonly report: WhatIf; readonly milliseconds: number }
  | { readonly kind: 'Unanswered'; readonly id: number; readonly problem: Problem };
