/** `2026-11-29 16:18:30 UTC` of a time in RFC 3339 as reports have it, which is in UTC. */
export function timeText(time: string): string {
  return time.replace(/^(\S{10})T(\S{8})(?:\.\d+)?Z$/, '$1 $2 UTC');
}
