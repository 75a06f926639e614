/** One login of the server: an nkey's public half and exactly the subjects it may use. */
export interface NatsUser {
  readonly name: string;
  readonly publicKey: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether it may publish once to the reply subject of what was sent to it: the answer to a request, or to a delivery. */
  readonly answers: boolean;
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

/** The user as the server's configuration has it. */
export function userEntry({ publicKey, publish, subscribe, answers }: NatsUser): object {
  return {
    nkey: publicKey,
    permissions: {
      publish: { allow: publish },
      subscribe: { allow: subscribe },
      ...(answers && { allow_responses: ANSWERS }),
    },
  };
}

/**
 * A reply goes to the inbox of whoever asked, an acknowledgement to the message that was delivered; only that grants it, once
 * and only for a while. NOTE: beyond 4,096 replies that are due, nats-server 2.9 looks through all of them with every further
 * message. It forgets those that were given by this permission, but none that a list allows as well.
 */
const ANSWERS = { max: 1, expires: '1m' };
