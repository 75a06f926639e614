/** Keeps the first and the last half of a text that arrives in pieces, and counts the rest: endless output costs nothing. */
export class BoundedText {
  private first = '';
  private last = '';
  private characters = 0;

  constructor(private readonly limit: number) {}

  push(piece: string): void {
    this.characters += piece.length;
    const half = Math.ceil(this.limit / 2);
    const room = Math.max(half - this.first.length, 0);
    this.first += piece.slice(0, room);
    this.last += piece.slice(room);
    // Trimmed only now and then, so that many small pieces do not copy the tail each time.
    if (this.last.length > 2 * half) this.last = this.last.slice(-half);
  }

  get omitted(): number {
    return Math.max(0, this.characters - this.limit);
  }

  text(): string {
    if (this.omitted === 0) return (this.first + this.last).toWellFormed();
    const tail = this.last.slice(-Math.floor(this.limit / 2));
    return `${this.first.toWellFormed()}\n…${String(this.omitted)} characters omitted…\n${tail.toWellFormed()}`;
  }

  /** What was said last, at most so many characters. */
  tail(characters: number): string {
    return (this.first + this.last).slice(-characters).toWellFormed();
  }
}
