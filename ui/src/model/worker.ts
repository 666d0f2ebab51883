import { asIsthmusError } from '../../../src/base/error.ts';
import { type Problem, paths } from '../../../src/dashboard/messages.ts';
import { answering, answerOf, type ModelQuestion } from '../../../src/engine/model.ts';
import type { TrafficFacts } from '../../../src/engine/options.ts';
import { visibleIn } from '../../../src/wording/visible.ts';
import type { FromModel, ToModel } from './messages.ts';

/**
 * The model beside the page: the one of the command line, asked without a request. What the question is about is answered at
 * once, the whole mesh after it, in slices between which a newer question is heard.
 */

/** How long the model works before it hears what came, in milliseconds. */
const sliceMs = 25;

let facts: TrafficFacts | undefined;
let newest: Extract<ToModel, { kind: 'Ask' }> | undefined;

addEventListener('message', ({ data }: MessageEvent<ToModel>) => {
  if (data.kind === 'Look') void look();
  else begin(data);
});

function say(message: FromModel): void {
  postMessage(message);
}

async function look(): Promise<void> {
  try {
    const response = await fetch(paths.facts);
    if (!response.ok) return say({ kind: 'NoFacts', problem: await problemIn(response) });
    facts = (await response.json()) as TrafficFacts;
    say({ kind: 'Facts', readAt: facts.readAt, clusters: facts.clusters.length });
    if (newest !== undefined) begin(newest);
  } catch (thrown) {
    say({ kind: 'NoFacts', problem: problemOf(thrown) });
  }
}

async function problemIn(response: Response): Promise<Problem> {
  if (response.status === 422) return (await response.json()) as Problem;
  return { code: 'unexpected-response', message: `${response.status}: ${(await response.text()).trim()}` };
}

function problemOf(thrown: unknown): Problem {
  const { code, message, remedy } = asIsthmusError(thrown);
  return visibleIn({ code, message, ...(typeof remedy === 'string' ? { remedy } : {}) });
}

function begin(asked: Extract<ToModel, { kind: 'Ask' }>): void {
  newest = asked;
  if (facts === undefined) return;
  const { id, question } = asked;
  try {
    if (question.host !== undefined) {
      const begun = performance.now();
      const report = visibleIn(answerOf(facts, question));
      say({ kind: 'Host', id, report, milliseconds: performance.now() - begun });
    }
    const { host: _, ...whole } = question;
    void finish(asked, whole, facts);
  } catch (thrown) {
    say({ kind: 'Unanswered', id, problem: problemOf(thrown) });
  }
}

async function finish(asked: Extract<ToModel, { kind: 'Ask' }>, whole: ModelQuestion, of: TrafficFacts): Promise<void> {
  const { id } = asked;
  try {
    const steps = answering(of, whole);
    let worked = 0;
    for (;;) {
      await nextTurn();
      if (newest !== asked || facts !== of) return;
      const begun = performance.now();
      let step = steps.next();
      while (step.done !== true && performance.now() - begun < sliceMs) step = steps.next();
      worked += performance.now() - begun;
      if (step.done !== true) say({ kind: 'Progress', id, ...step.value });
      else return say({ kind: 'Whole', id, report: visibleIn(step.value), milliseconds: worked });
    }
  } catch (thrown) {
    say({ kind: 'Unanswered', id, problem: problemOf(thrown) });
  }
}

/** Lets messages in that came meanwhile. */
async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
}
