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

const repositorySchema = z.object({ clone_url: z.string(), default_branch: z.string() });

const pullSchema = z
  .object({
    number: z.int(),
    html_url: z.string(),
    state: z.enum(['open', 'closed']),
    merged_at: z.string().nullish(),
  })
  .transform(({ number, html_url: url, state, merged_at: mergedAt }): PullRequest => {
    return { number, url, state: mergedAt ? 'merged' : state };
  });

/** GitHub's REST API, version 2022-11-28; also that of GitHub Enterprise Server under its own address. */
export class GitHub implements Forge {
  readonly name = 'GitHub';
  readonly maxBodyCharacters = 65_000;
  private readonly http: ForgeHttp;

  constructor(private readonly options: ForgeOptions) {
    this.http = new ForgeHttp({
      ...options,
      name: this.name,
      headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
      isDuplicate: (status, text) => status === 422 && /already exists/iu.test(text),
    });
  }

  get credentials() {
    return { username: 'x-access-token', password: this.options.token };
  }

  preview({ head, base, title, body, draft }: PullRequestDraft): ForgeCall {
    return { method: 'POST', path: `${this.path}/pulls`, body: { title, head, base, body, draft } };
  }

  async repository() {
    const found = repositorySchema.parse(await this.http.send({ method: 'GET', path: this.path }));
    return { url: found.clone_url, defaultBranch: found.default_branch };
  }

  async find(head: string): Promise<PullRequest | undefined> {
    const [owner = ''] = this.options.repository.split('/');
    const query = new URLSearchParams({ head: `${owner}:${head}`, state: 'all', per_page: '100' });
    const path = `${this.path}/pulls?${query.toString()}`;
    return theOneToUse(z.array(pullSchema).parse(await this.http.send({ method: 'GET', path })));
  }

  async create(draft: PullRequestDraft): Promise<PullRequest> {
    return pullSchema.parse(await this.http.send(this.preview(draft)));
  }

  /** Whether it is a draft cannot be changed here: a person decides when it is ready. */
  async update(number: number, { title, body }: PullRequestDraft): Promise<PullRequest> {
    const path = `${this.path}/pulls/${String(number)}`;
    return pullSchema.parse(await this.http.send({ method: 'PATCH', path, body: { title, body } }));
  }

  private get path(): string {
    return `/repos/${this.options.repository}`;
  }
}
