import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

const ACQUIRE = `if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('incr', KEYS[2]) end
return 0`;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0`;
const RETRY_MS = 200;
const JITTER_MS = 100;

/**
 * Redlock on one node as it is described: SET NX PX of a random value, compared before it is deleted, tried again after a
 * random time. The counter beside it is what it lacks for fencing; one script, so that it costs no second sync.
 */
export async function open({ url, pid }) {
  const first = new Redis(url, { lazyConnect: true });
  await first.connect();
  const info = await first.info('server');
  first.disconnect();
  if (!info.includes(`process_id:${pid}\r\n`)) throw new Error(`${url} is another Redis.`);
  return {
    client: async (_name, ttlMs) => {
      const redis = new Redis(url, { lazyConnect: true });
      await redis.connect();
      redis.defineCommand('leaseAcquire', { numberOfKeys: 2, lua: ACQUIRE });
      redis.defineCommand('leaseRelease', { numberOfKeys: 1, lua: RELEASE });
      const values = new Map();
      return {
        acquire: async (key) => {
          const value = randomUUID();
          values.set(key, value);
          for (;;) {
            const token = await redis.leaseAcquire(key, `${key}:fence`, value, ttlMs);
            if (token > 0) return token;
            await pause(RETRY_MS + (Math.random() * 2 - 1) * JITTER_MS);
          }
        },
        release: async (key) => void (await redis.leaseRelease(key, values.get(key))),
        close: async () => void (await redis.quit()),
      };
    },
  };
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
