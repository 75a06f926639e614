import { createHash } from 'node:crypto';
import type { Message, ModelRequest } from '@missions/models';
import { RequestDigest } from './request-digest.ts';

const fixed = { tools: [{ name: 'read', description: 'Reads.', inputSchema: {} }], maxTokens: 10 };

describe('the digest of a request', () => {
  it('is that of its JSON, however the conversation grew to it', () => {
    const digest = new RequestDigest();
    const messages = conversation(6);
    for (let length = 1; length <= messages.length; length += 1)
      expect(digest.of(request(messages.slice(0, length)))).toBe(plain(request(messages.slice(0, length))));
  });

  it('follows a last message that grows, a conversation that was shortened, and another system prompt', () => {
    const digest = new RequestDigest();
    const messages = conversation(5);
    digest.of(request(messages));
    const grown = [...messages.slice(0, -1), text('user', 'more')];
    expect(digest.of(request(grown))).toBe(plain(request(grown)));
    const shortened = [text('user', 'summary'), ...messages.slice(3)];
    expect(digest.of(request(shortened))).toBe(plain(request(shortened)));
    const other = { ...request(shortened), system: 'Other.' };
    expect(digest.of(other)).toBe(plain(other));
  });
});

function conversation(length: number): readonly Message[] {
  return Array.from({ length }, (_, at) => text(at % 2 === 0 ? 'user' : 'assistant', `text ${at}`));
}

function text(role: Message['role'], said: string): Message {
  return { role, content: [{ type: 'text', text: said }] };
}

function request(messages: readonly Message[]): ModelRequest {
  return { system: 'You "build".', messages, ...fixed };
}

function plain(whole: ModelRequest): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(whole)).digest('hex')}`;
}
