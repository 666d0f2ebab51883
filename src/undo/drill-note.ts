import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import type { KubeObject } from '../objects/object.ts';

/** What a drill notes beside its record, for those who look at it. */
const drillNote = z.object({
  /** As it is written on the command line. */
  fault: z.string().max(400),
  /** For how long it stays broken. */
  forMs: z.int().min(1).max(3_600_000),
});
type DrillNote = z.output<typeof drillNote>;

const noteAnnotation = 'isthmus.dev/drill';

export function drillAnnotations(note: DrillNote): Readonly<Record<string, string>> {
  return { [noteAnnotation]: JSON.stringify(note) };
}

/** Undefined where there is none, and where it is none of ours. */
export function drillNoteOf({ metadata }: KubeObject): DrillNote | undefined {
  const parsed = drillNote.safeParse(parseJson(metadata.annotations?.[noteAnnotation] ?? ''));
  return parsed.success ? parsed.data : undefined;
}
