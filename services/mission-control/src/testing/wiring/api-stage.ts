import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serveApi, type ServedApi } from './serve-api.ts';

/** How servers and a directory are had: handed in, since only specs may import them. */
export interface StageServers {
  readonly testDatabase: () => Promise<StageDatabase>;
  readonly testNats: () => Promise<StageNats>;
  readonly temporaryDirectory: () => StageDirectory;
}

interface StageDatabase {
  /** As superuser. */
  readonly connectionString: string;
  readonly urlFor: (role: string) => string;
  readonly drop: () => Promise<void>;
}

interface StageNats {
  readonly url: string;
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface StageDirectory {
  readonly path: string;
  readonly remove: () => void;
}

/** Mission Control over a database, a bus and a directory of its own. */
export interface ApiStage extends ServedApi {
  /** Holds the service's state, and what a test puts beside it. */
  readonly directory: string;
  readonly database: StageDatabase;
  readonly nats: StageNats;
  /** Ends all of it, the servers too. */
  readonly close: () => Promise<void>;
}

export async function openApiStage(servers: StageServers): Promise<ApiStage> {
  const place = servers.temporaryDirectory();
  const stateDir = join(place.path, 'state');
  mkdirSync(stateDir);
  const [database, nats] = await Promise.all([servers.testDatabase(), servers.testNats()]);
  const api = await serveApi({ urlFor: database.urlFor, natsUrl: nats.url, stateDir });
  const close = async (): Promise<void> => {
    await api.close();
    await nats.stop();
    await database.drop();
    place.remove();
  };
  return { ...api, directory: place.path, database, nats, close };
}
