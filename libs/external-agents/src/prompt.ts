import type { Message, ModelRequest, ToolDefinition, UserMessage } from '@missions/models';
import type { FormerWork } from './former-work.ts';

export interface PromptParts {
  readonly request: ModelRequest;
  readonly resultPath: string;
  /** Where the workspace lies for the agent. */
  readonly workspace: string;
  readonly former: FormerWork | undefined;
}

/** What an agent is told that hears of the run for the first time: header and briefing, the role, how it ends. */
export function openingPrompt(parts: PromptParts): readonly string[] {
  const { request, former } = parts;
  const [first] = request.messages;
  const since = turnOf(request) > 1 ? saidLast(request) : later(first);
  return [
    firstText(first),
    request.system,
    endingOf(parts),
    ...(former || turnOf(request) > 1 ? [continuation(former)] : []),
    ...since,
  ];
}

/** What an agent is told that has worked on the run already: only what it has not heard. */
export function nextPrompt({ request, resultPath }: PromptParts): readonly string[] {
  return [
    ...saidLast(request),
    `Remember how this run ends: write your result as JSON to ${resultPath}, then end your turn.`,
  ];
}

/** Counted from 1: the turn that answers a request. */
export function turnOf({ messages }: ModelRequest): number {
  return messages.filter(({ role }) => role === 'assistant').length + 1;
}

export function closingToolOf({ tools }: ModelRequest): ToolDefinition {
  const [tool] = tools;
  if (!tool || tools.length > 1)
    throw new Error('An external agent is offered its closing tool and no other.');
  return tool;
}

function endingOf({ request, resultPath, workspace }: PromptParts): string {
  const { name, description, inputSchema } = closingToolOf(request);
  return `How you work here: the repository lies in ${workspace}; everything else is read-only or is lost. You are in a sandbox: use your own tools for files and commands. Nobody can answer questions.

How this run ends: where you read \`${name}\`, you have no such tool. Instead write ONE file, ${resultPath}, with a JSON object, as the last thing you do, and end your turn. (${description}) The file is checked against this JSON Schema; if it is not accepted you are told why:
${JSON.stringify(inputSchema)}`;
}

function continuation(former: FormerWork | undefined): string {
  const lines = former?.lines ?? [];
  const known = lines.length === 0 ? 'What was done is not known.' : lines.join('\n');
  return `You were stopped in the middle of this run and are started again. The workspace is as you left it at the last checkpoint; processes, and files outside of it, are gone. Look before you repeat anything. What you did last:\n${known}`;
}

function firstText(message: Message | undefined): string {
  const [block] = message?.role === 'user' ? message.content : [];
  return block?.type === 'text' ? block.text : '';
}

/** What was said with the first message besides its own text: a person's messages. */
function later(message: Message | undefined): readonly string[] {
  return message?.role === 'user' ? message.content.slice(1).map(said) : [];
}

/** Everything since the agent's last turn. */
function saidLast({ messages }: ModelRequest): readonly string[] {
  const last = messages.at(-1);
  return last?.role === 'user' ? last.content.map(said) : [];
}

function said(block: UserMessage['content'][number]): string {
  if (block.type === 'text') return block.text;
  return block.isError ? `Your result was not accepted. ${block.content}` : block.content;
}
