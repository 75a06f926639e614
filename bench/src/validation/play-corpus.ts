import { prepareGround, type Ground } from './play/baseline.ts';
import { playCase } from './play/play-case.ts';
import { openStage, type Stage } from './play/stage.ts';
import type { Case, Product } from './corpus/case.ts';
import { judge, type Judged } from './report/judged.ts';

export interface PlayOptions {
  readonly atOnce: number;
  readonly signal: AbortSignal;
  readonly onJudged: (one: Judged) => void;
  readonly say: (line: string) => void;
}

/** Plays every case twice, with validators and without, some at a time; in the order in which they end. */
export async function playCorpus(cases: readonly Case[], options: PlayOptions): Promise<readonly Judged[]> {
  using stage = await openStage(options.say);
  const grounds = new Grounds(stage, options.signal);
  const open = [...cases];
  const judged: Judged[] = [];
  const lane = async (): Promise<void> => {
    for (let one = open.shift(); one; one = open.shift()) {
      const found = await playBoth(one, { stage, grounds, signal: options.signal });
      judged.push(found);
      options.onJudged(found);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, lane));
  return judged;
}

/** What lies under all workers of a product, prepared when its first worker is played. */
class Grounds {
  private readonly prepared = new Map<string, Promise<Ground>>();

  constructor(
    private readonly stage: Stage,
    private readonly signal: AbortSignal,
  ) {}

  of(product: Product): Promise<Ground> {
    const ground = this.prepared.get(product.name) ?? prepareGround(this.stage, product, this.signal);
    this.prepared.set(product.name, ground);
    return ground;
  }
}

interface Playground {
  readonly stage: Stage;
  readonly grounds: Grounds;
  readonly signal: AbortSignal;
}

async function playBoth(one: Case, { stage, grounds, signal }: Playground): Promise<Judged> {
  const ground = await grounds.of(one.product);
  const on = await playCase(one, { stage, ground, signal, validators: 'on' });
  const off = await playCase(one, { stage, ground, signal, validators: 'off' });
  return judge(one, on, off);
}
