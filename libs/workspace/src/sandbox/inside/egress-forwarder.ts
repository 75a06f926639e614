import { connect, createServer } from 'node:net';

/** Listens on loopback inside the sandbox and hands every connection to the proxy's socket, the only way out. */
const [port, socketPath] = process.argv.slice(2);

createServer((inside) => {
  const outside = connect(socketPath ?? '');
  inside.on('error', () => outside.destroy());
  outside.on('error', () => inside.destroy());
  inside.pipe(outside).pipe(inside);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
