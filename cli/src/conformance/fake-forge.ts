import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ForgeDialect = 'github' | 'gitlab';

export interface ForgeRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Kept {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  title: string;
  text: string;
  draft: boolean;
  state: 'open' | 'closed' | 'merged';
  /** Somebody else's copy of the repository has a branch of the same name. */
  readonly isOfFork?: boolean;
}

/** What is answered instead, before the forge looks at the request. */
export interface Trouble {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Only requests of this method; others pass. */
  readonly method?: string;
  /** Done as asked, but the answer is lost. */
  readonly afterwards?: boolean;
}

/** The endpoints of GitHub's or GitLab's REST API that are used, with their status codes and the shapes of their answers. */
export class FakeForge {
  readonly requests: ForgeRequest[] = [];
  readonly pulls: Kept[] = [];
  readonly troubles: Trouble[] = [];
  private readonly server: Server;

  constructor(
    private readonly dialect: ForgeDialect,
    readonly token: string,
  ) {
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  /** The address of the API. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this.dialect === 'github' ? this.origin : `${this.origin}/api/v4`;
  }

  get origin(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const body = JSON.parse((await textOf(request)) || '{}') as ForgeRequest['body'];
    this.requests.push({ method, path: `${url.pathname}${url.search}`, body });
    const index = this.troubles.findIndex((one) => one.method === undefined || one.method === method);
    const [trouble] = index === -1 ? [] : this.troubles.splice(index, 1);
    const asked = { method, url, body };
    const said = trouble && trouble.afterwards !== true ? undefined : this.done(request, asked);
    if (trouble) send(response, trouble.status, trouble.body ?? { message: 'trouble' }, trouble.headers);
    else if (said) send(response, said.status, said.body);
  }

  private done(request: IncomingMessage, asked: Asked): Said {
    const isGitHub = this.dialect === 'github';
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return { status: 401, body: { message: isGitHub ? 'Bad credentials' : '401 Unauthorized' } };
    const root = isGitHub ? '/repos/ana/app' : '/api/v4/projects/ana%2Fapp';
    if (!asked.url.pathname.startsWith(root))
      return { status: 404, body: { message: isGitHub ? 'Not Found' : '404 Project Not Found' } };
    const rest = asked.url.pathname.slice(root.length);
    if (rest === '') return { status: 200, body: this.repository() };
    const [, collection, number] = rest.split('/');
    if (collection !== (isGitHub ? 'pulls' : 'merge_requests')) return { status: 404, body: {} };
    if (number !== undefined) return this.changed(Number(number), asked);
    return asked.method === 'POST' ? this.created(asked.body) : this.listed(asked.url);
  }

  private repository(): object {
    const address = `${this.origin}/ana/app.git`;
    return this.dialect === 'github'
      ? { id: 1, full_name: 'ana/app', clone_url: address, default_branch: 'main' }
      : { id: 1, path_with_namespace: 'ana/app', http_url_to_repo: address, default_branch: 'main' };
  }

  private listed({ searchParams }: URL): Said {
    const head = searchParams.get(this.dialect === 'github' ? 'head' : 'source_branch') ?? '';
    // GitHub is asked by owner and branch; GitLab by the branch alone, which takes in forks.
    const found = this.pulls.filter(
      ({ head: known, isOfFork }) =>
        known === head.replace(/^ana:/u, '') && (this.dialect === 'gitlab' || isOfFork !== true),
    );
    return { status: 200, body: found.map((pull) => this.view(pull)) };
  }

  private created(body: ForgeRequest['body']): Said {
    const isGitHub = this.dialect === 'github';
    const head = String(isGitHub ? body['head'] : body['source_branch']);
    const known = this.pulls.find(
      (pull) => pull.head === head && pull.state === 'open' && pull.isOfFork !== true,
    );
    if (known && isGitHub)
      return {
        status: 422,
        body: {
          message: 'Validation Failed',
          errors: [{ resource: 'PullRequest', message: `A pull request already exists for ana:${head}.` }],
        },
      };
    if (known)
      return {
        status: 409,
        body: {
          message: [
            `Another open merge request already exists for this source branch: !${String(known.number)}`,
          ],
        },
      };
    const title = String(body['title']);
    const pull: Kept = {
      number: this.pulls.length + 1,
      head,
      base: String(isGitHub ? body['base'] : body['target_branch']),
      title,
      text: String(isGitHub ? body['body'] : body['description']),
      draft: isGitHub ? body['draft'] === true : title.startsWith('Draft: '),
      state: 'open',
    };
    this.pulls.push(pull);
    return { status: 201, body: this.view(pull) };
  }

  private changed(number: number, { method, body }: Asked): Said {
    const isGitHub = this.dialect === 'github';
    const pull = this.pulls.find((one) => one.number === number);
    if (!pull || method !== (isGitHub ? 'PATCH' : 'PUT'))
      return { status: 404, body: { message: 'Not Found' } };
    pull.title = String(body['title']);
    pull.text = String(isGitHub ? body['body'] : body['description']);
    return { status: 200, body: this.view(pull) };
  }

  private view({ number, head, base, title, draft, state, isOfFork }: Kept): object {
    if (this.dialect === 'gitlab')
      return {
        iid: number,
        web_url: `${this.origin}/ana/app/-/merge_requests/${String(number)}`,
        state: state === 'open' ? 'opened' : state,
        source_project_id: isOfFork === true ? 2 : 1,
        target_project_id: 1,
        source_branch: head,
        target_branch: base,
        title,
        draft,
      };
    return {
      number,
      html_url: `${this.origin}/ana/app/pull/${String(number)}`,
      state: state === 'open' ? 'open' : 'closed',
      merged_at: state === 'merged' ? '2026-03-01T10:00:00Z' : null,
      head: { ref: head },
      base: { ref: base },
      title,
      draft,
    };
  }
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: ForgeRequest['body'];
}

interface Said {
  readonly status: number;
  readonly body: unknown;
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
