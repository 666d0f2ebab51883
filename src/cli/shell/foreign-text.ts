/**
 * Texts that others wrote (clusters, webhooks, plug-ins, files) on their way to a terminal. They may not move the cursor,
 * set a title or the clipboard, turn the direction of a line, or begin a line that looks like one of ours.
 */

/** What ends a line somewhere, and a tab. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]/g;

/** Control characters, those that turn the direction of text or are not seen, and halves of characters. */
const steering = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u2065]/gu;

/** Most texts hold nothing of either. */
const steers = new RegExp(steering.source, 'u');

/** The sequences that `paint` and its like write. */
const ownColor = new RegExp(`^${color()}$`);

const everyColor = new RegExp(color(), 'gu');

const netted = new RegExp(`${color()}|(?!\n)${steering.source}`, 'gu');

function color(): string {
  return '\u001b\\[(?:[012]|3[1-6](?:;1)?)m';
}

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

/** The last net before a terminal: only line breaks and, where they are wanted, our own colours pass. */
export function withoutSteering(text: string, { color }: { readonly color: boolean }): string {
  return text.replaceAll(netted, (found) => (color && ownColor.test(found) ? found : '\uFFFD'));
}

/** JSON for people and programs: the same value, with what would steer a terminal as escapes of JSON. */
export function jsonText(value: unknown): string {
  return escapesOf(JSON.stringify(value, null, 2));
}

/** The same on one line, with its end. */
export function jsonLine(value: unknown): string {
  return `${escapesOf(JSON.stringify(value))}\n`;
}

/** What would steer a terminal as escapes, which count within double quotes of JSON and YAML; line breaks stay. */
export function escapesOf(text: string): string {
  return text.replaceAll(netted, escaped);
}

/** Whether a text holds more than what a terminal shows and line breaks. */
export function steersTerminal(text: string): boolean {
  return steers.test(text.replaceAll('\n', ''));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text of ours without its colours. */
export function withoutColor(text: string): string {
  return text.replaceAll(everyColor, '');
}
