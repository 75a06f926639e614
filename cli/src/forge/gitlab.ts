import { z } from 'zod';
import { ForgeHttp } from './forge-http.ts';
import {
  theOneToUse,
  type Forge,
  type ForgeCall,
  type ForgeOptions,
  type PullRequest,
  type PullRequestDraft,
} from './forge.ts';

const projectSchema = z.object({ http_url_to_repo: z.string(), default_branch: z.string().nullish() });

const mergeRequestSchema = z
  .object({
    iid: z.int(),
    web_url: z.string(),
    state: z.string(),
    source_project_id: z.int().nullish(),
    target_project_id: z.int(),
  })
  .transform(({ iid: number, web_url: url, state, ...projects }) => ({
    // Anybody can name a branch of a fork like ours, and it is found by that name.
    isOurs: projects.source_project_id === projects.target_project_id,
    pull: {
      number,
      url,
      state: state === 'merged' ? 'merged' : state === 'closed' ? 'closed' : 'open',
    } satisfies PullRequest,
  }));

/** GitLab's REST API, version 4; also that of an instance under its own address. */
export class GitLab implements Forge {
  readonly name = 'GitLab';
  readonly maxBodyCharacters = 1_000_000;
  private readonly http: ForgeHttp;

  constructor(private readonly options: ForgeOptions) {
    this.http = new ForgeHttp({
      ...options,
      name: this.name,
      headers: {},
      isDuplicate: (status, text) => status === 409 || (status === 400 && /already exists/iu.test(text)),
    });
  }

  get credentials() {
    return { username: 'oauth2', password: this.options.token };
  }

  preview(draft: PullRequestDraft): ForgeCall {
    const { head, base } = draft;
    const body = { source_branch: head, target_branch: base, ...textOf(draft) };
    return { method: 'POST', path: `${this.path}/merge_requests`, body };
  }

  async repository() {
    const found = projectSchema.parse(await this.http.send({ method: 'GET', path: this.path }));
    return { url: found.http_url_to_repo, defaultBranch: found.default_branch ?? 'main' };
  }

  async find(head: string): Promise<PullRequest | undefined> {
    const query = new URLSearchParams({ source_branch: head, state: 'all', per_page: '100' });
    const path = `${this.path}/merge_requests?${query.toString()}`;
    const found = z.array(mergeRequestSchema).parse(await this.http.send({ method: 'GET', path }));
    return theOneToUse(found.filter(({ isOurs }) => isOurs).map(({ pull }) => pull));
  }

  async create(draft: PullRequestDraft): Promise<PullRequest> {
    return mergeRequestSchema.parse(await this.http.send(this.preview(draft))).pull;
  }

  async update(number: number, draft: PullRequestDraft): Promise<PullRequest> {
    const path = `${this.path}/merge_requests/${String(number)}`;
    const changed = await this.http.send({ method: 'PUT', path, body: textOf(draft) });
    return mergeRequestSchema.parse(changed).pull;
  }

  private get path(): string {
    return `/projects/${encodeURIComponent(this.options.repository)}`;
  }
}

/** A draft is told by its title. */
function textOf({ title, body, draft }: PullRequestDraft): Readonly<Record<string, string>> {
  return { title: draft ? `Draft: ${title}` : title, description: body };
}
