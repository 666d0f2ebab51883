/**
 * Texts that others wrote (clusters, webhooks, plug-ins, files) on their way to a reader. They may not turn the direction of a
 * line, hide what stands beside them, or begin a line that looks like one of ours.
 */

/** What ends a line somewhere, and a tab. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]/g;

/** Control characters, those that turn the direction of text or are not seen, and halves of characters. */
export const steering = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u2065]/gu;

/** Most texts hold nothing of either. */
const steers = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u2065]/u;

/** A foreign text on one line: breaks and tabs as spaces, what would steer a terminal as a replacement character. */
export function visible(text: string): string {
  return steers.test(text) ? text.replaceAll(breaks, ' ').replaceAll(steering, '\uFFFD') : text;
}

/** A text of several lines that the caller lays out. */
function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** An error's message may end with a list of ours, an indented line for each item. */
export function visibleMessage(text: string): string {
  return text.split('\n  ').map(visible).join('\n  ');
}

/** A report or an event with every text in it made visible. What is wanted as it is, is written as JSON. */
export function visibleIn<T>(value: T): T {
  return shown(value, visible) as T;
}

type Show = (text: string) => string;

function shown(value: unknown, show: Show): unknown {
  if (typeof value === 'string') return show(value);
  if (Array.isArray(value)) return value.map((item) => shown(item, show));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [visible(key), shown(inner, ownShow(key, value) ?? show)]),
  );
}

/** The values of a planned change are shown line by line; an error's list stays a list. */
function ownShow(key: string, owner: object): Show | undefined {
  if ((key === 'before' || key === 'after') && 'field' in owner) return visibleLines;
  return key === 'message' && isError(owner) ? visibleMessage : undefined;
}

function isError(value: object): boolean {
  return 'code' in value && 'retry' in value;
}

/** Whether a text holds more than what a terminal shows and line breaks. */
export function steersTerminal(text: string): boolean {
  return steers.test(text.replaceAll('\n', ''));
}
