import { Etcd3 } from 'etcd3';

const WAIT_MS = 30_000;

/**
 * Locks of etcd as its clients make them: a session lease that is kept alive, and a key under it that only one can create.
 * `queued` is the recipe of its Go client: everybody has a key, and waits for the one before its own. Without it whoever
 * waits watches the key and tries again.
 */
export async function open({ url, serverName, queued = false }) {
  const answer = await fetch(`${url}/v3/cluster/member/list`, { method: 'POST', body: '{}' });
  const { members } = await answer.json();
  if (members.length !== 1 || members[0].name !== serverName) throw new Error(`${url} is another etcd.`);
  return {
    client: async (name, ttlMs) => {
      const etcd = new Etcd3({ hosts: url });
      const lease = etcd.lease(Math.ceil(ttlMs / 1000));
      const session = { etcd, name, id: await lease.grant(), deletions: new Map() };
      const place = (key) => (queued ? `${key}/${name}` : key);
      return {
        acquire: (key) => (queued ? inLine(session, key, place(key)) : tryAgain(session, key)),
        release: async (key) => void (await etcd.delete().key(place(key)).exec()),
        close: async () => {
          // A watch that is left open is made anew for ever once the server is gone, and keeps the process alive.
          await Promise.all([...session.deletions.values()].map(({ watcher }) => watcher.cancel()));
          await lease.revoke();
          etcd.close();
        },
      };
    },
  };
}

async function tryAgain(session, key) {
  for (;;) {
    const { created, revision } = await create(session, key);
    if (created) return revision;
    await deleted(session, key, { place: key, revision });
  }
}

async function inLine(session, key, place) {
  const { revision } = await create(session, place);
  for (;;) {
    const { kvs } = await session.etcd.getAll().prefix(`${key}/`).exec();
    const before = kvs.filter((kv) => Number(kv.create_revision) < revision);
    before.sort((a, b) => Number(b.create_revision) - Number(a.create_revision));
    if (before.length === 0) return revision;
    await deleted(session, key, { place: before[0].key.toString(), revision });
  }
}

async function create({ etcd, name, id }, key) {
  const { succeeded, header } = await etcd
    .if(key, 'Create', '==', 0)
    .then(etcd.put(key).value(name).lease(id))
    .commit();
  return { created: succeeded, revision: Number(header.revision) };
}

/** Resolves when the place was deleted after this revision; one watch for each key, from before the first wait. */
async function deleted(session, key, { place, revision }) {
  const seen = deletionsBelow(session, key, revision);
  const limit = AbortSignal.timeout(WAIT_MS);
  while ((seen.last.get(place) ?? 0) <= revision) {
    limit.throwIfAborted();
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${place} was not deleted.`)), WAIT_MS);
      seen.watcher.once('delete', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

// The listener is there before anything can arrive.
function deletionsBelow({ etcd, deletions }, key, revision) {
  const known = deletions.get(key);
  if (known) return known;
  const watcher = etcd
    .watch()
    .prefix(key)
    .startRevision(String(revision + 1))
    .watcher();
  const seen = { watcher, last: new Map() };
  watcher.on('delete', (kv) => seen.last.set(kv.key.toString(), Number(kv.mod_revision)));
  deletions.set(key, seen);
  return seen;
}
