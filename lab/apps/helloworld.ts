/**
 * Answers as Istio's helloworld sample does, so that its documented steps work in the lab: GET /hello on port 5000
 * gives one line with the version (VERSION) and the pod (POD_NAME, else the host name).
 */
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const { VERSION = 'v1', POD_NAME = hostname(), PORT = '5000' } = process.env;

// Sidecars keep idle connections: closing one loses the request that comes on it just then.
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const path = (request.url ?? '/').split('?')[0];
  if (path === '/health') {
    response.end('ok\n');
    return;
  }
  if (path !== '/hello') {
    response.writeHead(404).end('not found\n');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end(`Hello version: ${VERSION}, instance: ${POD_NAME}\n`);
});

server.listen(Number(PORT), () => console.log('listening on', server.address()));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
