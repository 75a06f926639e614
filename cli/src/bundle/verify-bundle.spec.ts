import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { missionReport, reportMarkdown, toCloudEvent } from '@missions/contracts';
import { chronicleOf } from '@missions/mission';
import { atFinalProof, recorded } from '@missions/mission/testing';
import { runMissions } from '../conformance/run-missions.ts';
import { verifyBundle } from './verify-bundle.ts';

const id = 'm-demo1';
const facts = recorded(atFinalProof().validated());
const report = missionReport(chronicleOf(facts));
const proof = 'ok 1 - it works\n';
const proofHash = sha256(proof);

let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'missions-bundle-'));
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type Files = Readonly<Record<string, string>>;

function content(): Files {
  const events = facts.map((one) =>
    toCloudEvent({
      ...one,
      id: `test/${String(one.version)}`,
      stream: `mission-${id}`,
      schema: 1,
      actor: { kind: 'service', id: 'test' },
      correlationId: 'c',
      causationId: 'c',
    }),
  );
  const index = [{ digest: `sha256:${proofHash}`, path: `evidence/${proofHash}.txt`, bytes: 16, uses: [] }];
  return {
    'report.json': JSON.stringify(report),
    'report.md': reportMarkdown(report),
    'log.ndjson': events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    [`evidence/${proofHash}.txt`]: proof,
    'evidence/index.json': JSON.stringify(index),
  };
}

function manifest(files: Files): string {
  return JSON.stringify({
    format: 'missions-bundle',
    formatVersion: 1,
    missionId: id,
    seq: facts.length,
    chainHash: 'ab'.repeat(32),
    branch: `missions/${id}`,
    files: Object.entries(files).map(([path, text]) => ({
      path,
      bytes: Buffer.byteLength(text),
      sha256: sha256(text),
    })),
  });
}

/** Packed by the system's own tar. */
function packed(files: Files, links: Files = {}): Buffer {
  const paths = [...Object.keys(files), ...Object.keys(links)].map((path) => `${id}/${path}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, id, path)), { recursive: true });
    writeFileSync(join(place, id, path), text);
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(place, id, path));
  return execFileSync('tar', ['--format=ustar', '-czf', '-', ...paths], { cwd: place });
}

function whole(): Files {
  const files = content();
  return { ...files, 'MANIFEST.json': manifest(files) };
}

function verify(bytes: Uint8Array): ReturnType<typeof verifyBundle> {
  return verifyBundle(Readable.from([bytes]));
}

describe('an archive that is verified', () => {
  it('is whole when every file is what was packed and the report follows from the log', async () => {
    expect(await verify(packed(whole()))).toMatchObject({
      ok: true,
      problems: [],
      missionId: id,
      seq: facts.length,
      files: 6,
    });
  });

  it.each<[string, (files: Files) => Files, string]>([
    ['a changed file', (files) => ({ ...files, 'report.md': '# Done' }), 'report.md is not what was packed.'],
    ['a file nobody packed', (files) => ({ ...files, 'more.txt': 'x' }), 'more.txt is not in the manifest.'],
    ['a file that is gone', ({ 'report.md': _gone, ...files }) => files, 'report.md is missing.'],
    ['no manifest', ({ 'MANIFEST.json': _gone, ...files }) => files, 'It has no manifest that can be read.'],
  ])('is not with %s', async (_what, change, problem) => {
    const { ok, problems } = await verify(packed(change(whole())));
    expect([ok, problems]).toEqual([false, expect.arrayContaining([problem])]);
  });

  it.each<[string, (files: Files) => Files, string]>([
    [
      'a report that says more than the log',
      (files) => ({ ...files, 'report.json': JSON.stringify({ ...report, title: 'Better' }) }),
      'The report does not follow from the log.',
    ],
    [
      'a log that lacks its last fact',
      (files) => ({ ...files, 'log.ndjson': files['log.ndjson']?.replace(/[^\n]*\n$/, '') ?? '' }),
      `The log is that of ${id} at ${String(facts.length - 1)}, not of ${id} at ${String(facts.length)}.`,
    ],
    [
      'a log with a gap',
      (files) => ({ ...files, 'log.ndjson': files['log.ndjson']?.replace(/^[^\n]*\n/, '') ?? '' }),
      'The log cannot be read.',
    ],
    [
      'other bytes for its evidence',
      (files) => ({ ...files, [`evidence/${proofHash}.txt`]: 'ok 1 - it works!' }),
      `evidence/${proofHash}.txt is not the evidence sha256:${proofHash}.`,
    ],
  ])('is not with %s, whatever its manifest says', async (_what, change, problem) => {
    const files = change(content());
    const { ok, problems } = await verify(packed({ ...files, 'MANIFEST.json': manifest(files) }));
    expect([ok, problems]).toEqual([false, expect.arrayContaining([problem])]);
  });

  it.each<[string, () => Uint8Array]>([
    ['nothing', () => new Uint8Array()],
    ['no archive', () => Buffer.from('Hello')],
    ['one that is cut off', () => packed(whole()).subarray(0, 4000)],
    [
      'one that is cut off before it was zipped',
      () => gzipSync(gunzipSync(packed(whole())).subarray(0, 4096)),
    ],
    ['one with a link', () => packed(whole(), { link: '/etc/passwd' })],
    [
      'one with a path that leads elsewhere',
      () => gzipSync(renamed(gunzipSync(packed(whole())), `${id}/report.json`, `../a/report.json`)),
    ],
    ['one with a damaged header', () => gzipSync(gunzipSync(packed(whole())).fill(0x58, 20, 21))],
  ])('is refused when it is %s', async (_what, bytes) => {
    await expect(verify(bytes())).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});

/** The name in the first header, with a checksum that is right again. */
function renamed(archive: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(archive);
  const at = copy.indexOf(from);
  copy.fill(0, at, at + 100).write(to, at);
  copy.fill(' ', at + 148, at + 156);
  const sum = copy.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  return copy;
}

describe('missions export --verify', () => {
  it.each<[string, Files, number]>([
    ['ends with 0 for one that is whole', whole(), 0],
    ['ends with 1 for one that is not', { ...whole(), 'more.txt': 'x' }, 1],
  ])('%s', async (_what, files, exitCode) => {
    writeFileSync(join(place, 'x.tar.gz'), packed(files));
    const ran = await runMissions(['export', '--verify', 'x.tar.gz', '--json'], { cwd: place });
    expect([ran.exitCode, JSON.parse(ran.stdout)]).toEqual([
      exitCode,
      expect.objectContaining({ ok: exitCode === 0, missionId: id }),
    ]);
  });

  it('asks for a mission or an archive', async () => {
    expect((await runMissions(['export'])).exitCode).toBe(2);
  });
});
