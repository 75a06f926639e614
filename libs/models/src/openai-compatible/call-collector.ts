import type { StreamedCall } from '../call/tool-input.ts';
import type { WireCall } from './wire-chunk.ts';

interface OpenCall {
  readonly index: number;
  id: string;
  name: string;
  json: string;
}

/**
 * Puts the tool calls of one reply together. By the protocol pieces belong together by their index; some servers send
 * every call as index 0, or without an index, or without an id, so a piece that cannot go on with a call begins another.
 */
export class CallCollector {
  private readonly calls: OpenCall[] = [];

  /** `onPiece` is told of every piece, with the name of its call: a long input is a sign of life as well. */
  constructor(private readonly onPiece: (name: string) => void) {}

  accept(piece: WireCall): void {
    const name = piece.function?.name ?? '';
    const call = this.continued(piece) ?? this.opened(piece);
    if (name !== '' && call.name === '') call.name = name;
    if (piece.id) call.id = piece.id;
    call.json += argumentsOf(piece);
    this.onPiece(call.name);
  }

  /** The calls in their order; one without an id gets one that is its own in the conversation. */
  finish(turn: number): readonly StreamedCall[] {
    return this.calls.map(({ id, name, json }, index) => ({
      id: id || `call_${turn}_${index + 1}`,
      name,
      json,
    }));
  }

  private continued(piece: WireCall): OpenCall | undefined {
    const index = piece.index ?? undefined;
    const call = this.calls.findLast((one) => index === undefined || one.index === index);
    if (call === undefined) return undefined;
    const isOther = Boolean(piece.id) && call.id !== '' && piece.id !== call.id;
    const isWholeAgain = !piece.id && Boolean(piece.function?.name) && isWhole(call);
    return isOther || isWholeAgain ? undefined : call;
  }

  private opened(piece: WireCall): OpenCall {
    const call = { index: piece.index ?? this.calls.length, id: '', name: '', json: '' };
    this.calls.push(call);
    return call;
  }
}

function isWhole({ name, json }: OpenCall): boolean {
  if (name === '') return false;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

function argumentsOf(piece: WireCall): string {
  const given = piece.function?.arguments ?? '';
  return typeof given === 'string' ? given : JSON.stringify(given);
}
