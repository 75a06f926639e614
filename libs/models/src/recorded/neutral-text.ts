import type { Redactor } from '@missions/kernel';

/** What is the same question in every session: without secrets, the mission's id, and what is masked. */
export interface Neutralizer {
  readonly ofRequest: <Value>(value: Value) => Value;
  readonly ofReply: <Value>(value: Value) => Value;
  /** A recorded reply as this session reads it. */
  readonly backTo: <Value>(value: Value) => Value;
}

const MISSION = '<<mission>>';
const MASKED = '<<masked>>';

export interface NeutralizerInput {
  readonly redactor: Redactor;
  readonly masks: readonly RegExp[];
  readonly missionId: string | undefined;
}

export function neutralizer({ redactor, masks, missionId }: NeutralizerInput): Neutralizer {
  const withoutMission = (text: string): string => (missionId ? text.replaceAll(missionId, MISSION) : text);
  const scrubbed = (text: string): string => withoutMission(redactor.redact(text));
  const masked = (text: string): string =>
    masks.reduce((rest, mask) => rest.replaceAll(mask, MASKED), scrubbed(text));
  const restored = (text: string): string => (missionId ? text.replaceAll(MISSION, missionId) : text);
  return {
    ofRequest: (value) => mapTexts(value, masked),
    ofReply: (value) => mapTexts(value, scrubbed),
    backTo: (value) => mapTexts(value, restored),
  };
}

/** The value with every text in it mapped, keys included. */
function mapTexts<Value>(value: Value, map: (text: string) => string): Value {
  return mapped(value, map) as Value;
}

function mapped(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((part: unknown) => mapped(part, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [map(key), mapped(part, map)]));
}
