import type { AnyTool, Research } from '@missions/agent';
import type { Role, Task } from '@missions/mission';
import type { SandboxSession } from '@missions/workspace';
import { broadcastTool, type PublishBroadcast } from './broadcast.ts';
import { closingToolOf, type ClosingToolName, type Conclusions } from './closing/closing-tools.ts';
import { bashTool } from './commands/bash.ts';
import { browserTool } from './commands/browser.ts';
import { httpTool } from './commands/http.ts';
import { ptyTool } from './commands/pty.ts';
import type { Capture } from './evidence.ts';
import { editTool } from './files/edit.ts';
import type { FileView } from './files/file-view.ts';
import { readTool } from './files/read.ts';
import { globTool, grepTool } from './files/search.ts';
import { writeTool } from './files/write.ts';
import { negotiateTool, type Negotiate } from './negotiate.ts';
import { researchTool } from './research.ts';

/** What tools are made of; a part that a task's tools need and that is missing is a fault of the caller. */
export interface ToolParts extends Capture {
  readonly files: FileView;
  /** For build and validate. */
  readonly session?: SandboxSession;
  /** For all but helpers. */
  readonly publish?: PublishBroadcast;
  /** For build and validate, where the run shares something with other missions. */
  readonly negotiate?: Negotiate | undefined;
  /** Tools of servers outside of this system, as the configuration allows them to each role. */
  readonly servers?: { readonly toolsFor: (role: Role) => readonly AnyTool[] };
  /** `research` is offered where the service has helpers. */
  readonly research?: Research;
  /** The end of the task at hand. */
  readonly conclude?: Partial<Conclusions>;
}

/** The tool that ends each task; the others end with their text. */
export const closingToolOfTask: Readonly<Partial<Record<Task, ClosingToolName>>> = {
  scope: 'ask',
  plan: 'propose_plan',
  build: 'hand_off',
  validate: 'report_validation',
  review: 'report_review',
  triage: 'settle_findings',
  converse: 'reply',
};

/** Exactly the tools of a task and what its role is allowed of other servers, the closing one last. */
export function toolsFor(
  { role, task }: { readonly role: Role; readonly task: Task },
  parts: ToolParts,
): readonly AnyTool[] {
  const { files, research, servers } = parts;
  const helps = role === 'researcher' || task === 'review';
  const asks = research && !helps && role !== 'user_testing';
  return [
    readTool(files),
    globTool(files),
    grepTool(files),
    ...(asks ? [researchTool(research, files)] : []),
    ...workspaceTools(role, task, parts),
    ...(servers?.toolsFor(role) ?? []),
    ...negotiating(task, parts),
    ...(helps ? [] : [broadcastTool(given(parts.publish, 'publish', task))]),
    ...closing(task, parts),
  ];
}

function negotiating(task: Task, { negotiate }: ToolParts): readonly AnyTool[] {
  return negotiate && (task === 'build' || task === 'validate') ? [negotiateTool(negotiate)] : [];
}

function workspaceTools(role: Role, task: Task, parts: ToolParts): readonly AnyTool[] {
  if (task !== 'build' && task !== 'validate') return [];
  const { redactor, evidence } = parts;
  const session = given(parts.session, 'session', task);
  const measured = { session, redactor, evidence };
  if (task === 'build') return [writeTool(session), editTool(session), bashTool(measured)];
  return [
    bashTool(measured),
    ...(role === 'user_testing' ? [httpTool(measured), browserTool(measured), ptyTool(measured)] : []),
  ];
}

function closing(task: Task, { conclude }: ToolParts): readonly AnyTool[] {
  const name = closingToolOfTask[task];
  if (name === undefined) return [];
  return [closingToolOf(name, given(conclude?.[name], `conclude.${name}`, task))];
}

function given<Part>(part: Part | undefined, name: string, task: Task): Part {
  if (part === undefined) throw new Error(`The tools of ${task} need ${name}.`);
  return part;
}
