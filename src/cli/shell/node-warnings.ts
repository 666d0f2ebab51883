/** What Node calls experimental is for those who build on it (SOCKS proxies, for one): users can do nothing about it. */
export function leaveOutExperimental(platform: Pick<NodeJS.Process, 'listeners' | 'on' | 'removeAllListeners'>): void {
  const printers = platform.listeners('warning');
  platform.removeAllListeners('warning');
  platform.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning') return;
    for (const print of printers) print.call(platform, warning);
  });
}
