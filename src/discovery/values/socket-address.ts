/** `ip:port`, IPv6 in brackets; port 0 marks a Unix domain socket, `pipe:` and its path. */
export function socketAddress(address: string, port: number): string {
  if (port === 0) return `pipe:${address.startsWith('unix://') ? address.slice('unix://'.length) : address}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
