import {
  needsYou,
  openApprovals,
  openQuestions,
  openRun,
  type Mission,
  type MissionStatus,
} from '@missions/mission';
import { z } from 'zod';
import { toFinishText } from './budget-text.ts';
import { waitText } from './wait-text.ts';

/** Always glyph and word; colour is only a third sign. */
export const headlineSchema = z
  .strictObject({
    glyph: z.string(),
    word: z.enum([
      'needs you',
      'running',
      'validating',
      'paused',
      'blocked',
      'stale',
      'done',
      'failed',
      'cancelled',
      'scoping',
      'awaiting approval',
    ]),
    /** Of a block: the closed set of causes. */
    cause: z.string().optional(),
    /** One sentence why. */
    sentence: z.string(),
    /** The one command that brings the mission on, if a person has to do something. */
    action: z.string().optional(),
  })
  .meta({ id: 'Headline' });

export type Headline = z.infer<typeof headlineSchema>;

/** What a mission is doing and whether it waits for a person, derived from facts; `stale` says that its run went silent. */
export function headlineOf(mission: Mission, options: { readonly stale?: boolean } = {}): Headline {
  if (needsYou(mission) === 'question') return questionHeadline(mission);
  if (mission.status === 'running' || mission.status === 'scoping') {
    const alert = alertHeadline(mission);
    if (alert) return alert;
  }
  if (mission.status === 'running') return runningHeadline(mission, options.stale === true);
  return headlines[mission.status](mission);
}

/** `■ blocked{budget}` */
export function headlineText({ glyph, word, cause }: Headline): string {
  return cause === undefined ? `${glyph} ${word}` : `${glyph} ${word}{${cause}}`;
}

const headlines: Readonly<Record<Exclude<MissionStatus, 'running'>, (mission: Mission) => Headline>> = {
  draft: () => ({ glyph: '◌', word: 'scoping', sentence: 'The mission was just created.' }),
  scoping: (mission) => ({ glyph: '◌', word: 'scoping', sentence: scopingSentence(mission) }),
  awaiting_approval: (mission) => ({
    glyph: '◇',
    word: 'awaiting approval',
    sentence: 'A plan with its validation contract waits for your approval.',
    action: `missions approve ${mission.id}`,
  }),
  paused: (mission) => ({
    glyph: 'Ⅱ',
    word: 'paused',
    sentence: 'A person paused the mission.',
    action: `missions resume ${mission.id}`,
  }),
  blocked: blockedHeadline,
  completed: () => ({
    glyph: '✓',
    word: 'done',
    sentence: 'Every assertion is proven at the final commit, or waived by a person.',
  }),
  failed: () => ({ glyph: '✗', word: 'failed', sentence: 'The mission failed.' }),
  cancelled: () => ({ glyph: '–', word: 'cancelled', sentence: 'A person cancelled the mission.' }),
};

function questionHeadline(mission: Mission): Headline {
  const open = openQuestions(mission).length;
  return {
    glyph: '?',
    word: 'needs you',
    sentence:
      open === 1 ? 'One question waits for an answer.' : `${String(open)} questions wait for answers.`,
    action: `missions questions ${mission.id}`,
  };
}

function blockedHeadline(mission: Mission): Headline {
  const { cause = 'unknown', detail, toFinish, needs } = mission.block ?? {};
  const approval = openApprovals(mission)[0];
  return {
    glyph: '■',
    word: 'blocked',
    cause,
    sentence:
      // What stands below the first line is a list for those who look closer.
      [detail?.split('\n')[0], toFinish && toFinishText(toFinish), needs].filter(Boolean).join(' ') ||
      `The mission is blocked: ${cause}.`,
    action: approval
      ? `missions decide ${mission.id}:${approval.id} yes`
      : cause === 'budget'
        ? `missions budget raise ${mission.id} USD`
        : `missions resume ${mission.id}`,
  };
}

/** What hangs is said before what is done. */
function alertHeadline(mission: Mission): Headline | undefined {
  const run = openRun(mission);
  if (!run) return undefined;
  const { id, stalled, stopOrdered, unclaimed } = run;
  if (stopOrdered)
    return { glyph: '⚠', word: 'stale', sentence: `Run ${id} was told to stop (${stopOrdered}).` };
  if (stalled)
    return { glyph: '⚠', word: 'stale', sentence: `Run ${id} has not moved since ${stalled.sinceAt}.` };
  return unclaimed && { glyph: '⚠', word: 'stale', sentence: unclaimed.needs, action: 'missions status' };
}

function runningHeadline(mission: Mission, stale: boolean): Headline {
  const run = openRun(mission);
  if (stale)
    return { glyph: '⚠', word: 'stale', sentence: `Run ${run?.id ?? ''} has not been heard of for a while.` };
  const waits = run?.lock?.granted === false ? run.lock.waitingFor : undefined;
  if (run && waits)
    return {
      glyph: '▶',
      word: 'running',
      sentence: `${run.subject.feature ?? run.role} ${waitText(waits)}.`,
      action: `missions locks --mission ${mission.id}`,
    };
  if (run?.task === 'validate')
    return {
      glyph: '⟳',
      word: 'validating',
      sentence: `${run.role} checks ${run.subject.milestone ?? 'the mission'}.`,
    };
  if (run?.task === 'triage')
    return {
      glyph: '⟳',
      word: 'validating',
      sentence: `Findings of ${run.subject.milestone ?? ''} are being settled.`,
    };
  const feature = run?.subject.feature === undefined ? undefined : mission.features[run.subject.feature];
  if (feature)
    return { glyph: '▶', word: 'running', sentence: `${feature.definition.id} ${feature.definition.title}` };
  return {
    glyph: '▶',
    word: 'running',
    sentence: run ? `${run.role} does ${run.task}.` : 'The next run is being prepared.',
  };
}

function scopingSentence(mission: Mission): string {
  const run = openRun(mission);
  if (run?.task === 'plan') return 'The orchestrator writes the plan and the validation contract.';
  if (run?.task === 'baseline') return 'The contract is tried on the untouched base.';
  return 'The orchestrator finds out what is wanted.';
}
