import { counted, limitTexts, rangeText, type CostView, type PlanView } from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { money, table } from '../terminal/table.ts';
import { plainLine } from '../terminal/terminal.ts';
import { spendText } from './looking.ts';

type Share = CostView['byRole'][number];
type Usage = Share['usage'];

export function registerCost(program: Command, actions: CommandActions): void {
  program
    .command('cost')
    .description('where money and tokens went: by role, model, feature, fix round, run and helper')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const cost = await api.get('GET /v1/missions/:id/cost', { params: { id } });
        terminal.answer(cost, () => costLines(cost));
      }),
    );
}

const COLUMNS = ['runs', 'turns', 'in', 'out', 'cache read', 'cache write', 'cost'];

export function costLines(cost: CostView): readonly string[] {
  const groups: readonly (readonly [string, readonly Share[]])[] = [
    ['role', cost.byRole],
    ['model', cost.byModel],
    ['feature, with its fixes', cost.byFeature],
    ['fix round', cost.byFixRound],
    ...(cost.byRun.some(({ helpers }) => helpers.length > 0) ? ([['helper', cost.byHelper]] as const) : []),
  ];
  return [
    ...spendLines(cost),
    ...groups.flatMap(([name, shares]) => ['', ...table([name, ...COLUMNS], shares.map(shareRow))]),
    '',
    ...runLines(cost),
  ];
}

function spendLines({ spend, promisedUsd, limits, workedMin, total, lost }: CostView): readonly string[] {
  const texts = limitTexts(limits);
  return [
    `${spendText(spend)} in ${counted(total.turns, 'turn')} and ${minutes(workedMin)} of work` +
      (promisedUsd > 0 ? `, ${money(promisedUsd)} more promised to a run that is open` : ''),
    ...(texts.length === 0 ? [] : [`limits: ${texts.join(', ')}`]),
    ...(spend.unpriced
      ? ['Some calls have no price: their cost is in no figure here, their tokens are.']
      : []),
    ...(lost
      ? [
          `${counted(lost.calls, 'call')} lost and asked for again, charged at worst case: ${costText(lost.usage)}`,
        ]
      : []),
  ];
}

function runLines({ byRun, total }: CostView): readonly string[] {
  const rows = byRun.map((run) => [
    [
      run.id,
      run.task,
      run.feature ?? run.milestone ?? '',
      run.attempt > 1 ? `attempt ${String(run.attempt)}` : '',
    ]
      .filter(Boolean)
      .join(' '),
    run.status,
    ...usageCells(run.usage),
    [
      run.helpers.length > 0 ? counted(run.helpers.length, 'helper') : '',
      run.lost ? `${String(run.lost.calls)} lost ${costText(run.lost.usage)}` : '',
    ]
      .filter(Boolean)
      .join(', '),
  ]);
  return table(['run', 'state', ...COLUMNS.slice(1), ''], [...rows, ['all', '', ...usageCells(total), '']]);
}

function shareRow({ name, runs, usage }: Share): readonly string[] {
  return [name, String(runs), ...usageCells(usage)];
}

function usageCells(usage: Usage): readonly string[] {
  const { turns, input, output, cacheRead, cacheWrite } = usage;
  return [...[turns, input, output, cacheRead, cacheWrite].map(String), costText(usage)];
}

function costText({ costUsd, unpriced }: Usage): string {
  return unpriced ? `${money(costUsd)} + unpriced` : money(costUsd);
}

function minutes(min: number): string {
  return min < 1 ? 'under a minute' : `${String(Math.round(min))} min`;
}

/** What a plan may cost, in words; nothing once it is approved. */
export function estimateLine({ estimate }: Pick<PlanView, 'estimate'>): readonly string[] {
  if (!estimate) return [];
  const { runs, costUsdLow, costUsdHigh, minutes: min, basis } = estimate;
  const cost = rangeText(costUsdLow, costUsdHigh) ?? 'cost unknown';
  const time = min === undefined ? '' : `, about ${minutes(min)}`;
  return [`estimate: ${cost}${time}, ${counted(runs, 'run')}. ${plainLine(basis)}`];
}
