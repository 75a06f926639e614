import { parse } from 'yaml';
import { z } from 'zod';

/** What a SKILL.md says of itself, and the instructions that follow. */
export interface SkillFile {
  readonly name: string;
  readonly description: string;
  readonly body: string;
}

/** A file that is no skill, and why, in words for the person who wrote it. */
export interface NotASkill {
  readonly problem: string;
}

const maxFrontmatterCharacters = 8_000;

/** Further fields (license, metadata, allowed-tools, …) may be there and change nothing: a skill grants no tools. */
const frontmatterSchema = z.looseObject({
  name: z
    .string('name: a text')
    .max(64, 'name: at most 64 characters')
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'name: lower-case letters, digits and single hyphens'),
  description: z
    .string('description: a text')
    .trim()
    .min(1, 'description: not empty')
    .max(1024, 'description: at most 1024 characters'),
});

/** Reads a file of the Agent Skills format: YAML frontmatter with name and description, then Markdown. */
export function parseSkillFile(text: string, folder: string): SkillFile | NotASkill {
  const parts = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  const frontmatter = parts?.[1];
  if (parts === null || frontmatter === undefined)
    return { problem: 'it does not begin with YAML frontmatter between two lines of ---' };
  if (frontmatter.length > maxFrontmatterCharacters)
    return { problem: `its frontmatter has more than ${String(maxFrontmatterCharacters)} characters` };
  const said = yamlOf(frontmatter);
  if ('problem' in said) return said;
  const parsed = frontmatterSchema.safeParse(said.value);
  if (!parsed.success) return { problem: problemOf(parsed.error) };
  const { name, description } = parsed.data;
  if (name !== folder) return { problem: `name: ${name} is not the name of its folder` };
  return { name, description, body: text.slice(parts[0].length) };
}

/** Aliases are refused: nested ones grow without bound. */
function yamlOf(frontmatter: string): { readonly value: unknown } | NotASkill {
  try {
    return { value: parse(frontmatter, { maxAliasCount: 0, logLevel: 'error' }) };
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { problem: `its frontmatter is not YAML: ${first}` };
  }
}

function problemOf({ issues }: z.ZodError): string {
  const said = issues.map(({ message, path }) =>
    path.length === 0 ? 'its frontmatter is no map of fields' : message,
  );
  return [...new Set(said)].join('; ');
}
