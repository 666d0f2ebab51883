/** A text with each row of its tables on one line, as they are where nothing is too long for 80 columns. */
export function wholeRows(text: string): string {
  return text.replaceAll(/\n *│ +/g, ' ');
}
