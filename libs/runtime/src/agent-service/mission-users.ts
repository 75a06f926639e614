import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { UidRange } from '@missions/workspace';
import { endProcessesOf, sandboxUser, type SandboxUser } from '@missions/workspace/sandbox';
import { underHostLock } from './host-lock.ts';
import { isAbandoned, processMark } from './process-mark.ts';

/** Outside every state directory: two installations of one host must not give the same uid to two missions. */
const hostDirectory = '/run/missions-uids';

export interface MissionUserOptions {
  /** Its first is the engine's own; the others are leased. */
  readonly uids: UidRange;
  /** For the claims of all processes of this host; root's own. */
  readonly directory?: string;
}

export interface MissionUser {
  readonly user: SandboxUser;
  /** Gives the uid back when nothing else of this process holds it for the mission. Idempotent. */
  readonly release: () => Promise<void>;
}

interface Held {
  readonly user: SandboxUser;
  readonly path: string;
  holders: number;
}

/**
 * A uid for each mission that is open on this host, so that missions can neither read nor signal one another even where a
 * sandbox fails. A claim is a file that names its process, so a killed service keeps nothing; what still runs as a uid is
 * ended before another mission gets it. Without effect when the service is not root: it cannot be another user.
 */
export class MissionUsers {
  private readonly directory: string;
  private readonly held = new Map<string, Held>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: MissionUserOptions) {
    this.directory = options.directory ?? hostDirectory;
  }

  /** Refuses with `SANDBOX_UNAVAILABLE` when all uids are in use, or the claims of this host cannot be kept. */
  async lease(missionId: string): Promise<MissionUser> {
    const own = sandboxUser(this.options.uids.first);
    if (!own.switched) return { user: own, release: () => Promise.resolve() };
    const held = await this.inTurn(() => this.hold(missionId));
    let released = false;
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      await this.inTurn(() => this.letGo(missionId, held));
    };
    return { user: held.user, release };
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work, work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async hold(missionId: string): Promise<Held> {
    const known = this.held.get(missionId);
    if (known) {
      known.holders += 1;
      return known;
    }
    await mkdir(this.directory, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new DomainError(
        'SANDBOX_UNAVAILABLE',
        `${this.directory}, for the uids of missions, cannot be made.`,
        {
          cause: String(cause),
        },
      );
    });
    const { uid, path } = await underHostLock(join(this.directory, 'lock'), () => this.claim(missionId));
    const held = { user: sandboxUser(uid), path, holders: 1 };
    this.held.set(missionId, held);
    return held;
  }

  private async letGo(missionId: string, held: Held): Promise<void> {
    held.holders -= 1;
    if (held.holders > 0) return;
    this.held.delete(missionId);
    await rm(held.path, { force: true });
  }

  /** Under the host's lock: joins the living claim of the same mission, or takes the uid that was free the longest. */
  private async claim(missionId: string): Promise<{ readonly uid: number; readonly path: string }> {
    const claims = await this.livingClaims();
    const same = claims.find(({ mission }) => mission === encodeURIComponent(missionId));
    const uid = same?.uid ?? (await this.freeUid(new Set(claims.map((claim) => claim.uid))));
    const path = join(this.directory, `${String(uid)}.${encodeURIComponent(missionId)}.${processMark()}`);
    await writeFile(path, '');
    return { uid, path };
  }

  private async livingClaims(): Promise<readonly { readonly uid: number; readonly mission: string }[]> {
    const names = await readdir(this.directory);
    for (const name of names.filter(isAbandoned)) await rm(join(this.directory, name), { force: true });
    return names
      .filter((name) => !isAbandoned(name))
      .map((name) => /^(\d+)\.(.+)\.[0-9a-z_]+$/.exec(name))
      .flatMap((found) => (found ? [{ uid: Number(found[1]), mission: found[2] ?? '' }] : []));
  }

  private async freeUid(taken: ReadonlySet<number>): Promise<number> {
    const { first, count } = this.options.uids;
    const lastPath = join(this.directory, 'last');
    const last = Number(await readFile(lastPath, 'utf8').catch(() => '0'));
    const named = await uidsOfAccounts();
    const all = Array.from({ length: count - 1 }, (_, index) => first + 1 + index);
    const inOrder = [...all.filter((uid) => uid > last), ...all.filter((uid) => uid <= last)];
    for (const uid of inOrder) {
      if (taken.has(uid) || named.has(uid) || !(await endProcessesOf(uid))) continue;
      await writeFile(lastPath, String(uid));
      return uid;
    }
    throw new DomainError(
      'SANDBOX_UNAVAILABLE',
      `All ${String(count - 1)} uids for missions are in use on this host; raise sandbox.uids.count.`,
      { first, count },
    );
  }
}

/** A uid that a person or a daemon of this host has is never a sandbox's. */
async function uidsOfAccounts(): Promise<ReadonlySet<number>> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return new Set(passwd.split('\n').map((line) => Number(line.split(':')[2])));
}
