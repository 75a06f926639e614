import fc from 'fast-check';
import { isRefusal } from '@missions/kernel';
import { leasing } from './decide.ts';
import type { LeasingCommand } from './leasing.commands.ts';
import { emptyLedger, evolve, type Ledger } from './ledger.ts';
import type { Mode } from './mode.ts';

const at = '2026-01-01T00:00:00.000Z';

/** Every name as the leaves below it, and what goes together, spelled out: no trees and no modes to reason about. */
const leaves: Readonly<Record<string, readonly string[]>> = {
  'repo:/r': ['ax', 'ay', 'b', 'other'],
  'branch:/r/main': ['ax', 'ay', 'b'],
  'path:/r/main/a': ['ax', 'ay'],
  'path:/r/main/a/x': ['ax'],
  'path:/r/main/a/y': ['ay'],
  'path:/r/main/b': ['b'],
};
const together = new Set(['SS', 'SU', 'US']);

interface ModelClaim {
  readonly id: string;
  readonly name: string;
  readonly mode: Mode;
}

/** The whole of a lock in a few lines: who holds, who waits in which order, who has been here. */
interface Model {
  held: readonly ModelClaim[];
  queue: readonly ModelClaim[];
  readonly gone: Set<string>;
}

interface Real {
  ledger: Ledger;
  newestToken: number;
}

function excludes(a: ModelClaim, b: ModelClaim): boolean {
  const common = leaves[a.name]?.some((leaf) => leaves[b.name]?.includes(leaf)) ?? false;
  return common && !together.has(a.mode + b.mode);
}

function serve(model: Model): void {
  for (const claim of model.queue) {
    const earlier = model.queue.slice(0, model.queue.indexOf(claim));
    if ([...model.held, ...earlier].some((other) => excludes(other, claim))) continue;
    model.held = [...model.held, claim];
    model.queue = model.queue.filter((other) => other !== claim);
    serve(model);
    return;
  }
}

/** One thing asked of both; they must agree on whether it is refused, who holds and who waits. */
abstract class Asked implements fc.Command<Model, Real> {
  constructor(protected readonly id: string) {}

  /** Whether the model takes it; it is changed if so. */
  protected abstract takes(model: Model): boolean;
  protected abstract commandFor(ledger: Ledger): LeasingCommand;
  abstract toString(): string;

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const taken = this.takes(model);
    if (taken) serve(model);
    expect(this.ask(real)).toBe(taken);
    expect([...real.ledger.held.keys()]).toEqual(model.held.map(({ id }) => id));
    expect(real.ledger.queue.map(({ claimId }) => claimId)).toEqual(model.queue.map(({ id }) => id));
  }

  private ask(real: Real): boolean {
    try {
      const context = { at, lockDelayMs: 0, cycleTalkMs: 1000 };
      for (const event of leasing.decide(this.commandFor(real.ledger), real.ledger, context)) {
        real.ledger = evolve(real.ledger, event);
        if (event.type !== 'LockGranted') continue;
        expect(real.ledger.version).toBeGreaterThan(real.newestToken);
        real.newestToken = real.ledger.version;
      }
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }
}

class Request extends Asked {
  constructor(private readonly claim: ModelClaim) {
    super(claim.id);
  }

  protected takes(model: Model): boolean {
    const known = [...model.held, ...model.queue].find(({ id }) => id === this.id);
    if (known) return known.name === this.claim.name && known.mode === this.claim.mode;
    if (model.gone.has(this.id)) return false;
    model.queue = [...model.queue, this.claim];
    return true;
  }

  protected commandFor(): LeasingCommand {
    const { id, name, mode } = this.claim;
    const data = {
      claimId: id,
      owner: { missionId: id },
      resources: [{ resource: name, mode }],
      ttlMs: 1000,
    };
    return { type: 'RequestClaim', data };
  }

  toString(): string {
    return `request ${this.id} ${this.claim.name} ${this.claim.mode}`;
  }
}

class End extends Asked {
  constructor(
    id: string,
    private readonly how: 'ReleaseClaim' | 'ExpireLease',
    private readonly offset: number,
  ) {
    super(id);
  }

  protected takes(model: Model): boolean {
    if (!model.held.some(({ id }) => id === this.id) || this.offset !== 0) return false;
    model.held = model.held.filter(({ id }) => id !== this.id);
    model.gone.add(this.id);
    return true;
  }

  protected commandFor(ledger: Ledger): LeasingCommand {
    // Of a claim that does not hold none of its tokens is named, so this is never a repeat.
    const token = (ledger.held.get(this.id)?.token ?? 1000) + this.offset;
    return { type: this.how, data: { claimId: this.id, token } };
  }

  toString(): string {
    return `${this.how} ${this.id} ${String(this.offset)}`;
  }
}

class Withdraw extends Asked {
  protected takes(model: Model): boolean {
    if (!model.queue.some(({ id }) => id === this.id)) return model.gone.has(`withdrawn ${this.id}`);
    model.queue = model.queue.filter(({ id }) => id !== this.id);
    model.gone.add(this.id).add(`withdrawn ${this.id}`);
    return true;
  }

  protected commandFor(): LeasingCommand {
    return { type: 'WithdrawClaim', data: { claimId: this.id } };
  }

  toString(): string {
    return `withdraw ${this.id}`;
  }
}

it('a ledger agrees with the few lines of a lock, command by command', () => {
  const id = fc.integer({ min: 0, max: 9 }).map((n) => `c${String(n)}`);
  const name = fc.constantFrom(...Object.keys(leaves));
  const mode = fc.constantFrom<Mode[]>('S', 'U', 'X');
  const commands = fc.commands(
    [
      fc.record({ id, name, mode }).map((claim) => new Request(claim)),
      fc
        .tuple(
          id,
          fc.constantFrom('ReleaseClaim' as const, 'ExpireLease' as const),
          fc.constantFrom(0, 0, 0, -1, 1),
        )
        .map(([claim, how, offset]) => new End(claim, how, offset)),
      id.map((claim) => new Withdraw(claim)),
    ],
    { maxCommands: 60, size: 'max' },
  );
  fc.assert(
    fc.property(commands, (asked) => {
      fc.modelRun(
        () => ({
          model: { held: [], queue: [], gone: new Set<string>() },
          real: { ledger: emptyLedger, newestToken: 0 },
        }),
        asked,
      );
    }),
    { numRuns: 300 },
  );
});
