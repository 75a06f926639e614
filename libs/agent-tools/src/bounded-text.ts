/** Keeps the first and the last half of a text that arrives in pieces, and counts the rest: endless output costs nothing. */
export class BoundedText {
  private first = '';
  private last = '';
  private characters = 0;

  constructor(private readonly limit: number) {}

  push(piece: string): void {
    this.characters += piece.length;
    const half = Math.ceil(this.limit / 2);
    const room = half - this.first.length;
    this.first += piece.slice(0, Math.max(room, 0));
    if (piece.length <= room) return;
    this.last += piece.slice(Math.max(room, 0));
    // Trimmed only now and then, so that many small pieces do not copy the tail each time.
    if (this.last.length > 2 * half) this.last = this.last.slice(-half);
  }

  text(): string {
    const half = Math.floor(this.limit / 2);
    if (this.characters <= this.limit) return this.first + this.last;
    const tail = this.last.slice(-half);
    const omitted = this.characters - this.first.length - tail.length;
    return `${this.first.toWellFormed()}\n…${omitted} characters omitted…\n${tail.toWellFormed()}`;
  }
}
