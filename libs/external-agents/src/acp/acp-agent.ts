import { methods, RequestError, type ClientApp, type PromptResponse } from '@agentclientprotocol/sdk';
import { FailRun, StopRun } from '@missions/agent';
import { delay } from '@missions/kernel';
import type { ModelReply, ModelRequest, RespondOptions } from '@missions/models';
import type { ExternalAgent, ExternalAgentParts } from '../external-agent.ts';
import { sessionActivity } from '../former-work.ts';
import { nextPrompt, openingPrompt } from '../prompt.ts';
import type { AgentTurn } from '../turn/agent-turn.ts';
import { takeTurn, type OpenTurn, type TurnEnding } from '../turn/take-turn.ts';
import { AcpLink } from './acp-link.ts';
import { beginSession } from './begin-session.ts';
import { FileRequests } from './file-requests.ts';
import { Patience } from './patience.ts';
import { decidePermission } from './permissions.ts';
import { knownUpdate } from './session-update.ts';
import { Terminals } from './terminals.ts';
import { UpdateReader } from './update-activity.ts';

interface AcpSession {
  readonly link: AcpLink;
  readonly sessionId: string;
}

const authRequired = -32_000;

/** An agent that speaks the Agent Client Protocol: we are its client, and its process lives as long as the run is held. */
export class AcpAgent implements ExternalAgent {
  readonly id: string;
  private turn: AgentTurn | undefined;
  private link: AcpLink | undefined;
  private session: AcpSession | undefined;
  private replaying = false;
  private readonly files: FileRequests;
  private readonly terminals: Terminals;
  private readonly updates = new UpdateReader();

  constructor(private readonly parts: ExternalAgentParts) {
    const { session, redactor, limits } = parts;
    const { contentBytes, terminals, terminalMs } = limits;
    this.id = parts.use;
    this.files = new FileRequests({ session, redactor, contentBytes });
    this.terminals = new Terminals({ session, redactor, contentBytes, terminals, terminalMs });
  }

  respond(request: ModelRequest, options: RespondOptions = {}): Promise<ModelReply> {
    return takeTurn(this.parts, { request, options }, async (open) => {
      this.turn = open.turn;
      try {
        return await this.work(request, open);
      } catch (error) {
        await this.close();
        throw explained(error);
      } finally {
        this.turn = undefined;
      }
    });
  }

  async close(): Promise<void> {
    const { link } = this;
    this.link = undefined;
    this.session = undefined;
    await Promise.all([this.terminals.close(), link?.stop()]);
  }

  private async work(request: ModelRequest, { turn, result }: OpenTurn): Promise<TurnEnding> {
    const { former, session: sandbox } = this.parts;
    const known = this.session?.link.alive === true ? this.session : undefined;
    const session = known ?? (await this.begin(turn));
    session.link.beginTurn();
    const prompt = { request, resultPath: result.path, workspace: sandbox.locate('/workspace'), former };
    const texts = known ? nextPrompt(prompt) : openingPrompt(prompt);
    const { stopReason } = await this.prompt(session, texts, turn);
    if (stopReason === 'refusal') return { stopReason };
    if (stopReason !== 'end_turn') turn.log.add('message', `(The agent’s turn ended by ${stopReason}.)`);
    return { stopReason: 'end_turn' };
  }

  private async begin(turn: AgentTurn): Promise<AcpSession> {
    const { session: sandbox, command, env, limits, former, redactor } = this.parts;
    await this.close();
    const link = await AcpLink.open({
      session: sandbox,
      command,
      env,
      limits,
      serve: (app) => this.serve(app),
      onMessage: () => this.turn?.heard(),
      onUpdate: (params) => {
        const update = knownUpdate(params);
        if (update && this.turn && !this.replaying) this.updates.read(update, this.turn);
      },
      onFault: (fault) => this.turn?.fail(fault),
    });
    this.link = link;
    const { sessionId, isNew } = await beginSession(link, new Patience(link, turn, redactor.redact), {
      cwd: sandbox.locate('/workspace'),
      formerId: former?.sessionId,
      startMs: limits.startMs,
      onReplay: (replaying) => {
        this.replaying = replaying;
      },
    });
    const { kind, text, captured } = sessionActivity(sessionId);
    turn.log.add(kind, isNew ? text : `${text}, continued`, captured);
    this.session = { link, sessionId };
    return this.session;
  }

  /** One prompt; when the turn is stopped, the agent is asked to stop, and killed when it does not. */
  private async prompt(
    { link, sessionId }: AcpSession,
    texts: readonly string[],
    turn: AgentTurn,
  ): Promise<PromptResponse> {
    const answer: Promise<PromptResponse> = link.agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: texts.map((text) => ({ type: 'text', text })),
    });
    try {
      return await new Patience(link, turn, this.parts.redactor.redact).for(answer);
    } catch (error) {
      if (turn.signal.aborted && mayTakeItsTime(turn.signal.reason)) {
        await link.agent.notify(methods.agent.session.cancel, { sessionId }).catch(() => undefined);
        await settledWithin(answer, this.parts.limits.stopGraceMs);
      }
      throw error;
    }
  }

  private serve(app: ClientApp): ClientApp {
    const { client } = methods;
    const { files, terminals } = this;
    return app
      .onRequest(client.session.requestPermission, ({ params }) => {
        const turn = this.openTurn();
        if (turn.signal.aborted) return { outcome: { outcome: 'cancelled' } };
        const { response, text } = decidePermission(params);
        turn.log.add('permission', text);
        return response;
      })
      .onRequest(client.fs.readTextFile, ({ params }) => files.read(params, this.openTurn()))
      .onRequest(client.fs.writeTextFile, ({ params }) => files.write(params, this.openTurn()))
      .onRequest(client.terminal.create, ({ params }) => terminals.create(params, this.openTurn()))
      .onRequest(client.terminal.output, ({ params }) => terminals.output(params.terminalId))
      .onRequest(client.terminal.waitForExit, ({ params }) =>
        terminals.waitForExit(params.terminalId, this.openTurn()),
      )
      .onRequest(client.terminal.kill, ({ params }) => terminals.kill(params.terminalId))
      .onRequest(client.terminal.release, ({ params }) => terminals.release(params.terminalId));
  }

  /** Between its turns the agent has nothing to do. */
  private openTurn(): AgentTurn {
    if (!this.turn) throw RequestError.invalidRequest(undefined, 'No turn is open.');
    return this.turn;
  }
}

/** What the agent answered with instead of a result, as the cause of the run's failure. */
function explained(error: unknown): unknown {
  if (!(error instanceof RequestError)) return error;
  const data = error.data === undefined ? '' : ` ${JSON.stringify(error.data).slice(0, 500)}`;
  return new FailRun(
    error.code === authRequired ? 'auth' : 'tool',
    `The agent answered with an error (${String(error.code)}): ${error.message}${data}`,
  );
}

/** A holder that has lost its lease stops at once, and an agent that went too far is not asked any more. */
function mayTakeItsTime(reason: unknown): boolean {
  if (reason instanceof StopRun) return reason.how !== 'release';
  return !(reason instanceof FailRun) || reason.cause === 'stall' || reason.cause === 'budget';
}

async function settledWithin(work: Promise<unknown>, limitMs: number): Promise<void> {
  const done = new AbortController();
  const late = delay(limitMs, done.signal).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), late]);
  done.abort();
}
