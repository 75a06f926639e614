/** One login of the server: an nkey's public half and exactly the subjects it may use. */
export interface NatsUser {
  readonly name: string;
  readonly publicKey: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface NatsConfigInput {
  readonly serverName: string;
  readonly port: number;
  readonly storeDir: string;
  readonly users: readonly NatsUser[];
}

/** The configuration file of one loopback server. JSON is a subset of nats-server's format. */
export function natsConfig(input: NatsConfigInput): string {
  const config = {
    server_name: input.serverName,
    host: '127.0.0.1',
    port: input.port,
    pid_file: `${input.storeDir}/nats.pid`,
    max_payload: 1_048_576,
    jetstream: { store_dir: input.storeDir, max_memory_store: 67_108_864, max_file_store: 8_589_934_592 },
    ...(input.users.length > 0 && { authorization: { users: input.users.map(userEntry) } }),
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function userEntry(user: NatsUser): object {
  return {
    nkey: user.publicKey,
    permissions: {
      publish: { allow: user.publish },
      subscribe: { allow: user.subscribe },
      // A reply goes to the inbox of whoever asked; only an open request grants it, and only for a while.
      allow_responses: { max: 1, expires: '1m' },
    },
  };
}
