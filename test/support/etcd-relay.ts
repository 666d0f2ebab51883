import { connect, createServer } from 'node:net';

// Runs inside a cluster's network namespace: what connects to a socket of the file system, which every network
// namespace sees, reaches that cluster's etcd. It ends with its standard input.
const [path = ''] = process.argv.slice(2);
const server = createServer((near) => {
  const far = connect(2379, '127.0.0.1');
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far).pipe(near);
});
server.listen(path, () => process.stdout.write('listening\n'));
process.stdin.resume().on('end', () => process.exit());
