import type { Redactor } from '@missions/kernel';
import type { ContentBlock } from '../content.ts';
import { isModelError, ModelError } from '../model-error.ts';
import type { Model, RespondOptions } from '../model.ts';
import { replyDeltas } from '../reply-deltas.ts';
import type { ModelReply } from '../reply.ts';
import type { Effort, ModelRequest } from '../request.ts';
import { explainDrift } from './explain-drift.ts';
import { neutralizer, type Neutralizer } from './neutral-text.ts';
import { headerOf, questionOf, type AskedQuestion } from './question.ts';
import type { RecordedAnswer, Recording } from './recording.ts';

export interface RecordedModelOptions {
  readonly id: string;
  readonly model: string;
  readonly recording: Recording;
  /** What is asked, and recorded, where the recording has no answer; absent: play back only. */
  readonly source?: Model | undefined;
  /** Takes out what must not be written down. */
  readonly redactor: Redactor;
  readonly masks: readonly RegExp[];
  readonly contextTokens?: number | undefined;
  readonly effort?: Effort | undefined;
}

/**
 * Answers by what a real model answered to the same request. The mission's id, secrets and masked text do not count as
 * a difference; anything else does, and a request without an answer fails with what differs. While recording, replies
 * are given as they are written, so that the next request is the one a play-back will make.
 */
export class RecordedModel implements Model {
  readonly id: string;
  readonly contextTokens: number | undefined;

  constructor(private readonly options: RecordedModelOptions) {
    this.id = options.id;
    this.contextTokens = options.contextTokens ?? options.source?.contextTokens;
  }

  async respond(request: ModelRequest, options: RespondOptions = {}): Promise<ModelReply> {
    options.signal?.throwIfAborted();
    const { redactor, masks, recording, source, model } = this.options;
    const { mission: missionId, ...header } = headerOf(request);
    const neutral = neutralizer({ redactor, masks, missionId });
    const effort = request.effort ?? this.options.effort;
    const asked = questionOf(neutral.ofRequest({ ...request, effort }), {
      model,
      header: neutral.ofReply(header),
    });
    const known = recording.answerTo(asked.question.key);
    if (known) return played(neutral.backTo(known), options);
    if (!source) throw this.miss(asked);
    return await this.record({ request, asked, neutral, source }, options);
  }

  private async record(
    { request, asked, neutral, source }: Taking,
    options: RespondOptions,
  ): Promise<ModelReply> {
    try {
      const reply = scrubbed(await source.respond(request, options), neutral);
      await this.options.recording.add(asked, { reply });
      return neutral.backTo(reply);
    } catch (error) {
      // What every session with this request would meet; a missing key or a busy provider is no answer.
      if (!isModelError(error) || (error.code !== 'context_overflow' && error.code !== 'refusal'))
        throw error;
      const answer = { code: error.code, message: neutral.ofReply(error.message) };
      await this.options.recording.add(asked, { error: answer });
      throw error;
    }
  }

  private miss(asked: AskedQuestion): ModelError {
    const { header, turn } = asked.question;
    const { recording } = this.options;
    return new ModelError(
      'model',
      `The recording ${recording.path} has no reply for turn ${String(turn)} of ${JSON.stringify(header)}: ${explainDrift(asked, recording)}.`,
    );
  }
}

interface Taking {
  readonly request: ModelRequest;
  readonly asked: AskedQuestion;
  readonly neutral: Neutralizer;
  readonly source: Model;
}

function played(answer: RecordedAnswer, { onDelta }: RespondOptions): ModelReply {
  if ('error' in answer) throw new ModelError(answer.error.code, answer.error.message);
  for (const delta of answer.reply.content.flatMap(replyDeltas)) onDelta?.(delta);
  return answer.reply;
}

function scrubbed(reply: ModelReply, neutral: Neutralizer): ModelReply {
  return { ...reply, content: reply.content.flatMap((block) => scrubbedBlock(block, neutral)) };
}

/** A signature covers its text; a signed block in which something was taken out would be refused, so it goes. */
function scrubbedBlock(block: ContentBlock, neutral: Neutralizer): readonly ContentBlock[] {
  const clean = neutral.ofReply(block);
  if (block.type !== 'thinking' || block.signature === undefined) return [clean];
  const isIntact = clean.type === 'thinking' && neutral.backTo(clean).text === block.text;
  return isIntact ? [clean] : [];
}
