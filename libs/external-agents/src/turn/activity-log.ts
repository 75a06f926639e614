import { BoundedText, type ExternalActivity, type TranscriptFact } from '@missions/agent';
import type { Clock, RedactingStream, Redactor } from '@missions/kernel';

/** What of a turn is kept in the log; the rest is counted. */
const kept = {
  textCharacters: 4_000,
  factActivities: 100,
  factCharacters: 24_000,
  turnActivities: 2_000,
  turnCharacters: 1_000_000,
} as const;
const flushMs = 2_000;

type Kind = ExternalActivity['kind'];

export interface ActivityLogParts {
  readonly turn: number;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly record: (facts: readonly TranscriptFact[]) => Promise<void>;
  /** The log could not be written; called at most once. */
  readonly onFailure: (error: unknown) => void;
  readonly show: (line: string) => void;
}

/** Collects what an agent does in one turn, redacted as it arrives, and records it in few bounded facts. */
export class ActivityLog {
  private waiting: ExternalActivity[] = [];
  private waitingCharacters = 0;
  private omitted = { activities: 0, bytes: 0 };
  private total = { activities: 0, characters: 0 };
  private speech:
    { readonly kind: Kind; readonly text: BoundedText; readonly redacting: RedactingStream } | undefined;
  private readonly said = new BoundedText(kept.textCharacters);
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private failed = false;
  private isOver = false;

  constructor(private readonly parts: ActivityLogParts) {}

  /** What the agent said in this turn, its end at least. */
  get lastWords(): string {
    this.closeSpeech();
    return this.said.text();
  }

  /** What comes after the end of the turn is dropped: the log then belongs to others. */
  add(kind: Kind, text: string, captured?: unknown): void {
    if (this.isOver) return;
    this.closeSpeech();
    this.keep(kind, this.parts.redactor.redact(text), captured);
  }

  /** A piece of a longer text; neighbouring pieces of one kind become one activity. */
  say(kind: 'message' | 'thought', piece: string): void {
    if (this.isOver) return;
    if (this.speech?.kind !== kind) this.closeSpeech();
    this.speech ??= {
      kind,
      text: new BoundedText(kept.textCharacters),
      redacting: this.parts.redactor.stream(),
    };
    this.speech.text.push(this.speech.redacting.write(piece));
    this.schedule();
  }

  /** Facts of other types, in order with the activities before them. */
  note(...facts: readonly TranscriptFact[]): void {
    this.closeSpeech();
    this.write();
    this.append(facts);
  }

  /** Writes what is left; resolves when everything is in the log. Rejects when it could not be written. */
  async settle(): Promise<void> {
    this.closeSpeech();
    this.isOver = true;
    this.write();
    await this.writing;
  }

  private closeSpeech(): void {
    const { speech } = this;
    if (!speech) return;
    this.speech = undefined;
    speech.text.push(speech.redacting.end());
    const text = speech.text.text();
    this.omitted.bytes += speech.text.omitted;
    if (speech.kind === 'message') this.said.push(`${text}\n`);
    this.keep(speech.kind, text, undefined);
  }

  private keep(kind: Kind, redacted: string, captured: unknown): void {
    const bounded = new BoundedText(kept.textCharacters);
    bounded.push(redacted);
    const text = bounded.text();
    this.parts.show(`${kind}: ${text}`);
    const full =
      this.total.activities >= kept.turnActivities ||
      this.total.characters + text.length > kept.turnCharacters;
    const last = this.waiting.at(-1);
    if (full || (last?.kind === kind && last.text === text)) {
      this.omitted.activities += 1;
      this.omitted.bytes += redacted.length;
      return;
    }
    this.omitted.bytes += bounded.omitted;
    // Told after every call of its model; the newest says it all.
    if (kind === 'usage') this.waiting = this.waiting.filter((activity) => activity.kind !== 'usage');
    this.total = { activities: this.total.activities + 1, characters: this.total.characters + text.length };
    this.waiting.push({ kind, text, ...(captured !== undefined && { captured }) });
    this.waitingCharacters += text.length;
    if (this.waiting.length >= kept.factActivities || this.waitingCharacters >= kept.factCharacters)
      this.write();
    else this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.closeSpeech();
      this.write();
    }, flushMs);
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { omitted, waiting } = this;
    const anything = waiting.length > 0 || omitted.activities > 0 || omitted.bytes > 0;
    if (!anything) return;
    this.waiting = [];
    this.waitingCharacters = 0;
    this.omitted = { activities: 0, bytes: 0 };
    const left = omitted.activities > 0 || omitted.bytes > 0;
    this.append([
      {
        type: 'ExternalUpdateRecorded',
        data: {
          turn: this.parts.turn,
          at: this.parts.clock.now().toISOString(),
          activities: waiting,
          ...(left && { omitted }),
        },
      },
    ]);
  }

  private append(facts: readonly TranscriptFact[]): void {
    this.writing = this.writing.then(() => this.parts.record(facts));
    this.writing.catch((error: unknown) => {
      if (this.failed) return;
      this.failed = true;
      this.parts.onFailure(error);
    });
  }
}
