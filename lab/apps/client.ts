/** Does nothing until a signal ends it: a pod to run `lab-curl` (or `curl`) in with `kubectl exec`. */
setInterval(() => undefined, 1 << 30);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
