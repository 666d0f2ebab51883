const attribute = String.raw`\s+[\w:.-]+="(?:[^"<&]|&(?:amp|lt|gt|quot|apos);)*"`;
const token = new RegExp(
  String.raw`<\?xml(?:${attribute})*\s*\?>|<(?<end>/)?(?<name>[\w:.-]+)(?:${attribute})*\s*(?<empty>/)?>|(?:[^<&]|&(?:amp|lt|gt|quot|apos);)+`,
  'y',
);

/** How often each element occurs in an XML text; an error where it is not well-formed. */
export function countElements(xml: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const open: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const found = token.exec(xml)?.groups;
    if (found === undefined) throw new Error(`not XML at ${JSON.stringify(xml.slice(at, at + 60))}`);
    const { name, end, empty } = found;
    if (name === undefined) continue;
    if (end !== undefined) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    counts[name] = (counts[name] ?? 0) + 1;
    if (empty === undefined) open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.join('> <')}> is not closed`);
  return counts;
}
