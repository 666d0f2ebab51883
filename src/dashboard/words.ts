import { asIsthmusError } from '../base/error.ts';
import type { Remedy } from '../base/remedy.ts';
import type { Problem, Shown } from './messages.ts';

/** How the shell that started the dashboard words what it shows. */
export interface Wording {
  /** A remedy as a sentence with its commands. */
  readonly remedyText: (remedy: Remedy) => string;
  /** A report whose texts of others can neither hide nor turn what stands beside them. */
  readonly visible: <T>(value: T) => T;
}

/** A report as it is shown, with the words of every remedy in it. */
export function shownReport<Report>(report: Report, { remedyText, visible }: Wording): Shown<Report> {
  const found = remediesIn(report);
  const words = found.map((remedy) => [JSON.stringify(visible(remedy)), visible(remedyText(remedy))] as const);
  return { report: visible(report), remedies: Object.fromEntries(words) };
}

export function problemOf(thrown: unknown, { remedyText, visible }: Wording): Problem {
  const { code, message, remedy } = asIsthmusError(thrown);
  return visible({ code, message, ...(remedy === undefined ? {} : { remedy: remedyText(remedy) }) });
}

const fields = new Set(['remedy', 'undo']);

function remediesIn(value: unknown): readonly Exclude<Remedy, string>[] {
  if (Array.isArray(value)) return value.flatMap(remediesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    fields.has(key) && Array.isArray(inner) ? [inner as Exclude<Remedy, string>] : remediesIn(inner),
  );
}
