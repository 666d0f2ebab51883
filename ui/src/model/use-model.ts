import { useCallback, useEffect, useRef, useState } from 'react';
import type { Problem } from '../../../src/dashboard/messages.ts';
import type { ModelQuestion } from '../../../src/engine/model.ts';
import type { WhatIf } from '../../../src/report/whatif.ts';
import type { FromModel, ToModel } from './messages.ts';
import workerAddress from './worker.ts?worker&url';

/** What the model says by now. */
export interface Modelled {
  /** When the facts that it answers from were read, RFC 3339; undefined where nobody knows, and before they are there. */
  readonly readAt?: string | undefined;
  readonly hasFacts: boolean;
  /** Of the question's host: the newest answer that there is. */
  readonly host?: WhatIf | undefined;
  /** Of the whole mesh: the newest answer that there is. */
  readonly whole?: WhatIf | undefined;
  /** The worker's time for the newest answer of a host, in milliseconds. */
  readonly milliseconds?: number | undefined;
  /** How far the answer for the whole mesh is; undefined where it is there. */
  readonly progress?: { readonly done: number; readonly hosts: number } | undefined;
  readonly problem?: Problem | undefined;
}

const nothing: Modelled = { hasFacts: false };

/** Asks the model beside the page, which answers the newest question. `look` has it read the mesh again. */
export function useModel(question: ModelQuestion): readonly [Modelled, look: () => void] {
  const [modelled, setModelled] = useState(nothing);
  const worker = useRef<Worker>(undefined);
  const id = useRef(0);
  useEffect(() => {
    const started = startWorker();
    worker.current = started;
    started.addEventListener('message', ({ data }: MessageEvent<FromModel>) => {
      setModelled((before) => (isOld(data, id.current) ? before : after(before, data)));
    });
    tell(started, { kind: 'Look' });
    return () => started.terminate();
  }, []);
  const asked = JSON.stringify(question);
  useEffect(() => {
    id.current += 1;
    if (worker.current === undefined) return;
    tell(worker.current, { kind: 'Ask', id: id.current, question: JSON.parse(asked) as ModelQuestion });
  }, [asked]);
  const look = useCallback(() => {
    if (worker.current !== undefined) tell(worker.current, { kind: 'Look' });
  }, []);
  return [modelled, look];
}

function isOld(message: FromModel, newest: number): boolean {
  return 'id' in message && message.id !== newest;
}

function after(before: Modelled, message: FromModel): Modelled {
  const { problem: _, ...known } = before;
  switch (message.kind) {
    case 'Facts':
      return { ...known, hasFacts: true, readAt: message.readAt };
    case 'NoFacts':
      return { ...before, problem: message.problem };
    case 'Host':
      return { ...known, host: message.report, milliseconds: message.milliseconds };
    case 'Progress':
      return { ...known, progress: { done: message.done, hosts: message.hosts } };
    case 'Whole':
      return { ...known, whole: message.report, progress: undefined };
    case 'Unanswered':
      return { ...known, host: undefined, whole: undefined, progress: undefined, problem: message.problem };
  }
}

function tell(worker: Worker, message: ToModel): void {
  worker.postMessage(message);
}

/** What a browser makes of texts that become scripts, as far as we use it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): {
    createScriptURL(address: string): string;
  };
}

/** The policy of the page lets a worker start by this one way, with the address of our own file. */
function startWorker(): Worker {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  const address = trustedTypes === undefined ? workerAddress : ownPolicy(trustedTypes).createScriptURL(workerAddress);
  return new Worker(address, { type: 'module' });
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

function ownPolicy(types: TrustedTypes): ReturnType<TrustedTypes['createPolicy']> {
  policy ??= types.createPolicy('isthmus-model', {
    createScriptURL: (address) => {
      if (address === workerAddress) return address;
      throw new TypeError('this is no script of the page');
    },
  });
  return policy;
}
