import { createHash } from 'node:crypto';
import { z } from 'zod';
import { head, outputLimits } from '../output-limits.ts';
import { inputSchemaOf, validatorOf } from './input-schema.ts';
import { allows, mcpToolName, type McpServer } from './mcp-server.ts';
import { plainText } from './plain-text.ts';

/** A tool as a server lists it; all of it is a stranger's text. */
export interface ListedTool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputSchema?: unknown;
}

const offeredToolSchema = z.strictObject({
  /** The server's name of it. */
  tool: z.string(),
  /** The name that a model is offered. */
  name: z.string(),
  description: z.string(),
  inputSchema: z.record(z.string(), z.unknown()),
  /** Changes with every word that the server says of it. */
  digest: z.string(),
});

export type OfferedTool = z.infer<typeof offeredToolSchema>;

/** What a run is offered of a server for as long as it lasts, whatever the server lists later. */
export const offerSchema = z.strictObject({
  server: z.string(),
  tools: z.array(offeredToolSchema),
});

export type Offer = z.infer<typeof offerSchema>;

export interface OfferInput {
  readonly name: string;
  readonly server: McpServer;
  readonly redact: (text: string) => string;
}

/** The largest name that every provider of models takes for a tool. */
const toolNamePattern = /^[A-Za-z0-9_-]{1,64}$/u;

/** Only what is allowed by name, in an order that does not depend on the server; `leftOut` says what could not be offered. */
export function offerOf(
  { name, server, redact }: OfferInput,
  list: readonly ListedTool[],
): { readonly offer: Offer; readonly leftOut: readonly string[] } {
  const allowed = allowedOf(server, list);
  const leftOut = server.tools
    .filter((tool) => tool !== '*' && !allowed.some((listed) => listed.name === tool))
    .map((tool) => `${tool} (the server has no such tool)`);
  const tools: OfferedTool[] = [];
  for (const listed of allowed) {
    const offered = tools.length < outputLimits.toolsOfServer && offeredTool(name, listed, redact);
    if (offered) tools.push(offered);
    else leftOut.push(`${head(plainText(listed.name), 64)} (its name or input cannot be offered)`);
  }
  return { offer: { server: name, tools }, leftOut };
}

/** Whether a server still says of every tool that a run was offered what it said when the run began. */
export function isUnchanged({ tools }: Offer, list: readonly ListedTool[]): boolean {
  return tools.every(({ tool, digest }) => {
    const listed = list.find(({ name }) => name === tool);
    return listed !== undefined && digestOf(listed) === digest;
  });
}

function allowedOf(server: McpServer, list: readonly ListedTool[]): readonly ListedTool[] {
  return list
    .filter(
      ({ name }, index) => allows(server, name) && list.findIndex((tool) => tool.name === name) === index,
    )
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function offeredTool(
  server: string,
  listed: ListedTool,
  redact: (text: string) => string,
): OfferedTool | undefined {
  const { name: tool, description, inputSchema } = listed;
  const name = mcpToolName(server, tool);
  const schema = inputSchemaOf(inputSchema, redact);
  if (!toolNamePattern.test(name) || !schema || !validatorOf(schema)) return undefined;
  const said = head(redact(plainText(description ?? '')).trim(), outputLimits.toolDescriptionCharacters);
  return { tool, name, description: said, inputSchema: { ...schema }, digest: digestOf(listed) };
}

function digestOf(listed: ListedTool): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(listed)))
    .digest('hex');
}

/** Objects with their keys in order, so that the same list has the same digest. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, canonical(part)]));
}
