import type { AssertionView, ContractView, WhyView } from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import { shortSha, table } from '../terminal/table.ts';
import { plainLine } from '../terminal/terminal.ts';
import { registerCost } from './cost.ts';

export function registerProving(program: Command, actions: CommandActions): void {
  program
    .command('contract')
    .description('the assertions and what is proven')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const contract = await api.get('GET /v1/missions/:id/contract', { params: { id } });
        terminal.answer(contract, () => contractLines(contract));
      }),
    );
  program
    .command('why')
    .description('why an assertion is what it is')
    .argument('<id>')
    .argument('<assertion>', 'for example VAL-AUTH-001')
    .action(
      actions.handle(async ({ api, terminal }, id = '', assertion = '') => {
        const why = await api.get('GET /v1/missions/:id/why/:assertion', { params: { id, assertion } });
        terminal.answer(why, () => whyLines(why));
      }),
    );
  registerCost(program, actions);
  registerReport(program, actions);
  registerAudit(program, actions);
}

function registerReport(program: Command, actions: CommandActions): void {
  program
    .command('report')
    .description('what was built, what is proven, and what is not')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const params = { id };
        if (terminal.json) terminal.printJson(await api.get('GET /v1/missions/:id/report', { params }));
        else
          terminal.print(
            (
              await api.text('GET /v1/missions/:id/report', { params, query: { format: 'markdown' } })
            ).trimEnd(),
          );
      }),
    );
}

function registerAudit(program: Command, actions: CommandActions): void {
  program
    .command('audit')
    .description(
      'recompute the hash chain of every stream, or of one mission’s; exit 1 if anything was changed',
    )
    .argument('[id]')
    .action(
      actions.handle(async ({ api, terminal }, id) => {
        const audit = await api.get('GET /v1/audit', { query: { mission: id } });
        terminal.answer(audit, () => [
          ...audit.streams.map(
            ({ ok, stream, versions, problem }) =>
              `${ok ? '✓' : '✗'} ${stream}  ${String(versions)} events${problem === undefined ? '' : `  ${problem}`}`,
          ),
          audit.ok ? `✓ ${String(audit.streams.length)} streams are whole` : '✗ the log was changed',
        ]);
        return audit.ok ? exitCodes.ok : exitCodes.error;
      }),
    );
}

function contractLines({ assertions, counts }: ContractView): readonly string[] {
  if (assertions.length === 0)
    return ['No contract yet: it comes with the approved plan. missions plan shows the proposal.'];
  const rows = assertions.map((assertion) => [
    assertion.glyph,
    assertion.id,
    assertion.state,
    assertion.definition.proof.method,
    shortSha(assertion.targetSha),
    flagsOf(assertion),
    assertion.definition.statement,
  ]);
  return [
    ...table(['', 'assertion', 'state', 'proof', 'commit', '', 'statement'], rows),
    `${String(counts.pass)} pass, ${String(counts.fail)} fail, ${String(counts.waived)} waived, of ${String(counts.total)}`,
  ];
}

function flagsOf({ flaky, evidenceMissing }: AssertionView): string {
  return [flaky ? '~flaky' : '', evidenceMissing ? '!evidence missing' : ''].filter(Boolean).join(' ');
}

function whyLines({ assertion, story, features, findings }: WhyView): readonly string[] {
  const { definition, glyph, state, history } = assertion;
  return [
    `${glyph} ${definition.id} ${state}`,
    plainLine(definition.statement),
    ...story.map((sentence) => `  ${plainLine(sentence)}`),
    ...features.map(
      ({ id, title, status, headSha }) =>
        `  made true by ${id} ${plainLine(title)}: ${status} ${shortSha(headSha)}`,
    ),
    ...findings.map(({ id, finding }) => `  held against it: ${id} ${plainLine(finding.title)}`),
    ...(history.at(-1)?.evidence ?? []).map(
      ({ kind, artifact, exitCode }) =>
        `  evidence: ${kind}${exitCode === undefined ? '' : ` exit ${String(exitCode)}`} ${artifact}`,
    ),
  ];
}
