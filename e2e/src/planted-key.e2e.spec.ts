import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { settle } from '@missions/testing';
import pg from 'pg';
import { parseScript, type Script } from '@missions/models/scripted';
import { bundledObjects, filesBelow, gitObjectsBelow, rowsOf } from './stage/secrets/gather-places.ts';
import { leaksIn, type Place, type Planted } from './stage/secrets/spellings.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

const configured = 'open-sesame-7431-under-the-third-stone';
const printed = `ghp_${'a1B2c3D4e'.repeat(4)}`;
const remembered = [
  '-----BEGIN RSA PRIVATE KEY-----',
  ...Array.from({ length: 4 }, (_, line) => `${String(line)}${'MIIEowIBAAKCAQEA'.repeat(4)}`.slice(0, 64)),
  '-----END RSA PRIVATE KEY-----',
].join('\n');
const written = `sk-proj-${'Qz9'.repeat(14)}`;

const bash = (command: string) => ({ calls: [{ tool: 'bash', input: { command } }] });
/** A command that brings a value together which it does not hold itself. */
const says = (value: string) => {
  const half = Math.floor(value.length / 2);
  return `printf '%s%s\\n' '${value.slice(0, half)}' '${value.slice(half)}'`;
};
const handOff = {
  calls: [
    {
      tool: 'hand_off',
      input: {
        outcome: 'success',
        salientSummary: 'All of it.',
        whatWasImplemented: ['it'],
        whatWasLeftUndone: [],
      },
    },
  ],
};

/** A worker that meets keys in every way there is, is refused with one in its files, and then does its work. */
function careless(): Script {
  const { version, runs } = tale();
  const turns = [
    { text: `I remember this:\n${remembered}\nand ${written}.`, ...bash(`echo ${written}`) },
    bash(`${says(printed)}; ${says(configured)}; ${says(configured)} | tr o O | tr O o >&2`),
    { calls: [{ tool: 'write', input: { file_path: 'notes.md', content: `The key is ${written}.\n` } }] },
    bash(`${says(configured)} > leaked.txt; ${says(printed)} >> leaked.txt`),
    handOff,
    bash('rm leaked.txt notes.md'),
  ];
  const told = runs.map((run) =>
    run.match.task === 'build' ? { ...run, turns: [...turns, ...run.turns] } : run,
  );
  return parseScript(JSON.stringify({ version, runs: told }), 'careless');
}

describe('keys that the system meets in the environment, a reply, a tool and a file', () => {
  let stage: Stage;
  let planted: readonly Planted[];
  beforeAll(async () => {
    stage = await openStage({
      script: careless(),
      env: { E2E_OTHER_KEY: configured },
      providers: {
        other: { kind: 'anthropic', baseUrl: 'http://127.0.0.1:9', apiKeyEnv: 'E2E_OTHER_KEY' },
      },
      settings: { 'models.researcher.use': 'other/scripted' },
    });
    planted = [
      { name: 'the API key in the environment', value: stage.desk.apiKey },
      { name: 'a configured value of no known shape', value: configured },
      { name: 'what a tool printed', value: printed },
      { name: 'what the model remembered', value: remembered },
      { name: 'a line of it', value: remembered.split('\n')[1] ?? '' },
      { name: 'what the model wrote', value: written },
    ];
  });
  afterAll(() => stage.close());

  it('are nowhere afterwards: log, bus, Git, artifacts, service logs, rows, files, answers, screens', async () => {
    const { api, desk, cli, state, stack } = stage;
    const { databaseUrl } = stack.servers;
    const held = desk.hold(({ header, turn }) => header.task === 'build' && turn === 2);
    const id = await api.create({ goal: 'Mind the keys', repository: stage.repository('product').path });
    await api.approve(id, 120_000);
    await held.arrived;
    await settle(() => hasLastLine(databaseUrl), { limitMs: 30_000 });
    const live = [...(await rowsOf(databaseUrl)), ...(await said(stage, id))];
    held.release();
    await api.until(id, ({ status }) => status === 'completed', 180_000);

    const rows = await rowsOf(databaseUrl);
    const files = filesBelow(state, (path) => path.startsWith(join(state, 'project')));
    const objects = gitObjectsBelow(state);
    const bundles = bundledObjects(rows, state);
    const archive = await handedOver(stage, id);
    const places = [...live, ...rows, ...files, ...objects, ...bundles, archive, ...(await said(stage, id))];
    expect(leaksIn(places, planted)).toEqual([]);

    // The search finds what is there, in every kind of place: what was kept is no matter of where it looked.
    const controls = [
      { name: 'goal', value: 'Mind the keys' },
      { name: 'work', value: 'F-001 is built' },
      { name: 'file', value: 'A product to be built.' },
      { name: 'run', value: `${id}-r` },
    ];
    const seen = leaksIn(places, controls).map(({ name, where }) => `${name} in ${where}`);
    for (const where of [
      /^goal in table public.event$/,
      /^goal in .*\/nats\/.*\.blk$/,
      /^goal in GET \/v1\/missions\/m-/,
      /^goal in missions show$/,
      /^work in GET \/v1\/runs\/.*\/transcript$/,
      /^work in missions run$/,
      /^goal in the archive$/,
      /^work in the archive$/,
      /^goal in GET \/v1\/missions\/.*html$/,
      /^file in Git objects of .*product/,
      /^file in Git objects of .*(?<!product\/\.git)$/,
      /^run in .*\/logs\/.*worker/,
      /^run in table public.run_lease$/,
    ])
      expect(seen).toContainEqual(expect.stringMatching(where));
    const kept = Buffer.concat(rows.map(({ bytes }) => bytes)).toString('utf8');
    for (const mark of ['E2E_OTHER_KEY', 'github-token', 'private-key', 'openai-key'])
      expect(kept).toContain(`[redacted:${mark}]`);
    expect(kept).toMatch(/leaked\.txt/);
    expect(leaksIn(bundles, [{ name: 'work', value: 'F-001\n' }])).not.toEqual([]);
    expect(bundles.length).toBeGreaterThan(2);
    expect((await cli('audit')).exitCode).toBe(0);
    expect(await stage.violations({ atRest: true, secrets: planted.map(({ value }) => value) })).toEqual([]);
  });
});

async function hasLastLine(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select 1 from run_lease where last_line like '%redacted%' or last_line like 'bash%'`,
    );
    return (rowCount ?? 0) > 0;
  } finally {
    await client.end();
  }
}

/** What people see: every answer of the API about the mission, and what the command line prints. */
async function said({ api, cli }: Stage, id: string): Promise<readonly Place[]> {
  const view = ['', 'plan', 'contract', 'features', 'runs', 'handoffs', 'findings', 'broadcasts', 'messages'];
  const more = ['locks', 'cost', 'report', 'digest?since=0'];
  const runs = (await api.get(`/v1/missions/${id}/runs`)) as readonly {
    id: string;
    task: string;
  }[];
  const paths = [
    ...[...view, ...more].map((part) => `/v1/missions/${id}/${part}`.replace(/\/$/, '')),
    ...runs.flatMap((run) => [`/v1/runs/${run.id}`, `/v1/runs/${run.id}/transcript`]),
    '/v1/missions',
    '/v1/approvals',
  ];
  const answers: Place[] = [];
  for (const path of paths) answers.push({ where: `GET ${path}`, bytes: asBytes(await api.get(path)) });
  for (const path of [`/v1/missions/${id}/report?format=md`, `/v1/missions/${id}/report?format=html`])
    answers.push({ where: `GET ${path}`, bytes: Buffer.from(await api.text(path)) });
  answers.push({ where: 'GET /v1/events', bytes: asBytes(await api.events(id)) });
  const asked = [['show', id], ['runs', id], ['events', id], ['cost', id], ['list']];
  const build = runs.find(({ task }) => task === 'build')?.id ?? '';
  for (const [command = '', ...rest] of [...asked, ['run', build]]) {
    const { stdout, stderr } = await cli(command, ...rest);
    answers.push({ where: `missions ${command}`, bytes: Buffer.from(`${stdout}\n${stderr}`) });
  }
  return answers;
}

/** The archive as a person gets it, unpacked; the command has checked it by itself. */
async function handedOver({ cli, state }: Stage, id: string): Promise<Place> {
  const path = join(state, 'handed-over.tar.gz');
  const exported = await cli('export', id, '--format', 'bundle', '--output', path, '--json');
  expect(JSON.parse(exported.stdout)).toMatchObject({ ok: true, problems: [], missionId: id });
  expect((await cli('export', '--verify', path)).exitCode).toBe(0);
  const bytes = gunzipSync(readFileSync(path));
  rmSync(path);
  return { where: 'the archive', bytes };
}

function asBytes(answer: unknown): Buffer {
  return Buffer.from(JSON.stringify(answer));
}
