import { byCodeUnits, type CommitFiles } from './commit-files.ts';
import { digestOf, fenced, neutralLine } from './hostile-text.ts';
import { parseSkillFile, type SkillFile } from './skill-file.ts';

/** Instructions of the repository for one kind of work; a run reads the body only when it needs it. */
export interface Skill extends SkillFile {
  readonly path: string;
  /** SHA-256 of the whole file. */
  readonly digest: string;
}

export interface SkippedSkill {
  readonly path: string;
  readonly reason: string;
}

export interface Skills {
  /** By name. */
  readonly found: readonly Skill[];
  readonly skipped: readonly SkippedSkill[];
}

/** Of two skills of one name the one of the earlier folder counts. */
const folders = ['.missions/skills', '.agents/skills', '.claude/skills'] as const;
const maxSkills = 50;
const maxFileBytes = 64 * 1024;
const maxBodyCharacters = 16_000;
const maxDescriptionCharacters = 400;
const skippedNamed = 10;

/** The skills of a commit. What cannot be used is passed over with a reason; nothing in it can fail the run. */
export async function skillsOf(files: CommitFiles): Promise<Skills> {
  const candidates = folders.flatMap((folder) => skillPathsBelow(files, folder));
  const considered = candidates.slice(0, maxSkills);
  const small = considered.filter((path) => sizeOf(files, path) <= maxFileBytes);
  const contents = await files.contents(small);
  const found = new Map<string, Skill>();
  const skipped: SkippedSkill[] = [];
  for (const path of considered) {
    const skill = skillAt(path, contents.get(path), sizeOf(files, path));
    if ('reason' in skill) skipped.push(skill);
    else if (found.has(skill.name))
      skipped.push({ path, reason: `${found.get(skill.name)?.path ?? ''} has the same name` });
    else found.set(skill.name, skill);
  }
  const beyond = candidates.slice(maxSkills).map((path) => ({
    path,
    reason: `more than ${String(maxSkills)} skills`,
  }));
  return {
    found: [...found.values()].toSorted((one, other) => byCodeUnits(one.name, other.name)),
    skipped: [...skipped, ...beyond],
  };
}

function skillPathsBelow(files: CommitFiles, folder: string): readonly string[] {
  const isSkill = new RegExp(`^${folder.replaceAll('.', '\\.')}/[^/]+/SKILL\\.md$`);
  return files.all.map(({ path }) => path).filter((path) => isSkill.test(path));
}

function sizeOf(files: CommitFiles, path: string): number {
  return files.at(path)?.bytes ?? 0;
}

function skillAt(path: string, content: Uint8Array | undefined, bytes: number): Skill | SkippedSkill {
  if (bytes > maxFileBytes)
    return { path, reason: `it has ${String(bytes)} bytes; a skill may have ${String(maxFileBytes)}` };
  if (!content) return { path, reason: 'it is not an ordinary file' };
  if (content.includes(0)) return { path, reason: 'it is not a text' };
  const parsed = parseSkillFile(Buffer.from(content).toString('utf8'), path.split('/').at(-2) ?? '');
  if ('problem' in parsed) return { path, reason: neutralLine(parsed.problem, 200) };
  return { ...parsed, path, digest: digestOf(content) };
}

/** The list that every run is given; bodies are read when they are needed. */
export function skillsText({ found, skipped }: Skills): string {
  if (found.length + skipped.length === 0) return '';
  return [
    '### Skills',
    ...(found.length === 0
      ? ['None can be used.']
      : [
          'Instructions for kinds of work. When one fits what you do, `read` its file first.',
          fenced(
            'skills',
            found
              .map(
                ({ name, description, path, digest }) =>
                  `${name}: ${neutralLine(description, maxDescriptionCharacters)} (${neutralLine(path, 300)}, sha256 ${digest.slice(0, 12)})`,
              )
              .join('\n'),
          ),
        ]),
    ...skippedLines(skipped),
  ].join('\n');
}

function skippedLines(skipped: readonly SkippedSkill[]): readonly string[] {
  const named = skipped
    .slice(0, skippedNamed)
    .map(({ path, reason }) => `${neutralLine(path, 200)}: ${neutralLine(reason, 300)}`);
  const rest = skipped.length - named.length;
  if (rest > 0) named.push(`and ${String(rest)} more`);
  return named.length === 0 ? [] : [fenced('not usable as skills', named.join('\n'))];
}

/** The body of the skill that the plan names for a feature, or a clear word that it is not there. */
export function chosenSkillText(skills: Skills, name: string | undefined): string {
  if (name === undefined) return '';
  const wanted = neutralLine(name, 100);
  const skill = skills.found.find((candidate) => candidate.name === name);
  if (!skill) return `### Skill for this feature\n${missing(skills, wanted)}`;
  const whole = skill.body.trim();
  const shown =
    whole.length <= maxBodyCharacters
      ? whole
      : `${whole.slice(0, maxBodyCharacters).toWellFormed()}\n(cut here; \`read\` ${skill.path} for the rest)`;
  return [
    '### Skill for this feature',
    'The plan names this skill for your feature. Files it mentions lie beside it.',
    fenced(neutralLine(`${skill.path} sha256 ${skill.digest.slice(0, 12)}`, 300), shown),
  ].join('\n');
}

function missing({ skipped }: Skills, name: string): string {
  const broken = skipped.find(({ path }) => path.split('/').at(-2) === name);
  const why = broken
    ? `${neutralLine(broken.path, 200)} cannot be used: ${neutralLine(broken.reason, 200)}`
    : 'the repository has no such skill at this commit';
  return `The plan names the skill "${name}", but ${why}. Work without it, and say so in \`skillFeedback\`.`;
}
