import { steering } from '../../wording/visible.ts';

export { steersTerminal, visible, visibleIn, visibleMessage } from '../../wording/visible.ts';

/**
 * Texts that others wrote (clusters, webhooks, plug-ins, files) on their way to a terminal. They may not move the cursor,
 * set a title or the clipboard, turn the direction of a line, or begin a line that looks like one of ours.
 */

/** The sequences that `paint` and its like write. */
const ownColor = new RegExp(`^${color()}$`);

const everyColor = new RegExp(color(), 'gu');

const netted = new RegExp(`${color()}|(?!\n)${steering.source}`, 'gu');

function color(): string {
  return '\u001b\\[(?:[012]|3[1-6](?:;1)?)m';
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

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text of ours without its colours. */
export function withoutColor(text: string): string {
  return text.replaceAll(everyColor, '');
}
