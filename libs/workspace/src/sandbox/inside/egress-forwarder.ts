import { connect, createServer, type AddressInfo } from 'node:net';

/** Listens on loopback inside the sandbox and hands every connection to the proxy's socket, the only way out. */
const [port, socketPath] = process.argv.slice(2);

const server = createServer((inside) => {
  const outside = connect(socketPath ?? '');
  inside.on('error', () => outside.destroy());
  outside.on('error', () => inside.destroy());
  inside.pipe(outside).pipe(inside);
});

server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
