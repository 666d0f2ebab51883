/** The oldest Node that has all that we use; package.json says the same. */
export const oldestNode = { major: 22, minor: 19 } as const;

/** Two lines for a Node that is too old, because it would end in an error about something that it does not know. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const { major: least, minor: leastMinor } = oldestNode;
  if (major > least || (major === least && minor >= leastMinor)) return undefined;
  return `error: isthmus needs Node ${least}.${leastMinor} or newer, and this is ${version}\nhint: install a newer Node (https://nodejs.org), or put it first on PATH\n`;
}
