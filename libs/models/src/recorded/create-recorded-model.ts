import { resolve } from 'node:path';
import type { Redactor } from '@missions/kernel';
import type { ModelParts } from '../model-parts.ts';
import type { Model } from '../model.ts';
import type { ProviderOf } from '../provider.ts';
import { RecordedModel } from './recorded-model.ts';
import { Recording } from './recording.ts';

export interface RecordedModelParts extends ModelParts<ProviderOf<'recorded'>> {
  readonly directory: string;
  readonly redactor: Redactor;
  readonly source: Model | undefined;
}

/** Makes a model that plays a recording, and goes on with it where a source is given. */
export async function createRecordedModel(parts: RecordedModelParts): Promise<Model> {
  const { id, model, provider, source, redactor, traits } = parts;
  const path = resolve(parts.directory, provider.recording);
  return new RecordedModel({
    id,
    model,
    recording: await Recording.open(path, { mustExist: source === undefined }),
    source,
    redactor,
    masks: provider.mask.map((expression) => new RegExp(expression, 'gu')),
    contextTokens: traits.contextTokens,
    effort: traits.effort,
  });
}
