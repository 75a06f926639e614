import {
  amendmentLines,
  counted,
  fixTexts,
  type AssertionView,
  type ContractView,
  type FindingView,
} from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import { shortSha, table } from '../terminal/table.ts';
import { plainLine } from '../terminal/terminal.ts';
import { registerArtifact } from './artifact.ts';
import { registerCost } from './cost.ts';
import { registerWhy } from './why.ts';

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
    .command('findings')
    .description('what was held against the work, and how each was settled')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const findings = await api.get('GET /v1/missions/:id/findings', { params: { id } });
        terminal.answer({ missionId: id, findings }, () => findingLines(findings));
      }),
    );
  registerWhy(program, actions);
  registerArtifact(program, actions);
  registerCost(program, actions);
  registerAudit(program, actions);
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
              `${ok ? '✓' : '✗'} ${stream}  ${counted(versions, 'event')}${problem === undefined ? '' : `  ${problem}`}`,
          ),
          audit.ok ? `✓ whole: ${counted(audit.streams.length, 'stream')}` : '✗ the log was changed',
        ]);
        return audit.ok ? exitCodes.ok : exitCodes.error;
      }),
    );
}

function contractLines({ assertions, counts, amended }: ContractView): readonly string[] {
  if (assertions.length === 0)
    return ['No contract yet: it comes with the approved plan. missions plan shows the proposal.'];
  const rows = assertions.map((assertion) => [
    assertion.glyph,
    assertion.id,
    assertion.state,
    assertion.baseline,
    assertion.definition.proof.method,
    shortSha(assertion.targetSha),
    flagsOf(assertion),
    assertion.definition.statement,
  ]);
  return [
    ...table(['', 'assertion', 'state', 'before', 'proof', 'commit', '', 'statement'], rows),
    `${String(counts.pass)} pass, ${String(counts.fail)} fail, ${String(counts.waived)} waived, of ${String(counts.total)}`,
    ...assertions.flatMap(({ id, waived }) =>
      waived ? [`W ${id} waived by ${plainLine(waived.by)}: ${plainLine(waived.reason)}`] : [],
    ),
    ...amended.flatMap((amendment) => [
      `amendment ${String(amendment.number)} (${amendment.approvalId}) by ${plainLine(amendment.by)}: ${plainLine(amendment.reason)}`,
      ...amendmentLines(amendment).map((line) => `  ${plainLine(line)}`),
    ]),
  ];
}

function flagsOf({ flaky, evidenceMissing, control, amendedBy = [] }: AssertionView): string {
  const flags = [
    flaky ? '~flaky' : '',
    evidenceMissing ? '!evidence missing' : '',
    control === undefined ? '' : `${control === 'caught' ? '' : '!'}control ${control}`,
    ...amendedBy.map((number) => `amended ${String(number)}`),
  ];
  return flags.filter(Boolean).join(' ');
}

function findingLines(findings: readonly FindingView[]): readonly string[] {
  if (findings.length === 0) return ['Nothing was held against the work.'];
  return findings.flatMap(({ id, milestoneId, round, source, finding, settled, followedBy, fix }) => [
    `${id} ${finding.severity} ${finding.category} (${source}, ${milestoneId} round ${String(round)}): ${plainLine(finding.title)}`,
    ...(finding.location === undefined ? [] : [`  at ${plainLine(finding.location)}`]),
    ...aboutLines([...finding.assertionIds, ...finding.featureIds]),
    settled === undefined
      ? '  not settled'
      : `  ${settled.choice} by ${plainLine(settled.decidedBy)}: ${plainLine(settled.justification)}`,
    ...(fix === undefined ? [] : [`  led to ${followedBy.join(', ')}: ${fixTexts[fix]}`]),
  ]);
}

function aboutLines(ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [] : [`  about ${ids.join(', ')}`];
}
