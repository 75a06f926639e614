import { CommitStub, type StubEntry } from '../testing/commit-stub.ts';
import { CommitFiles } from './commit-files.ts';
import { chosenSkillText, skillsOf, skillsText, type Skills } from './skills.ts';

async function skillsIn(entries: Readonly<Record<string, StubEntry>>): Promise<Skills> {
  return skillsOf(await CommitFiles.list(new CommitStub(entries), 'sha'));
}

const skill = (name: string, body = 'Do it so.'): string =>
  `---\nname: ${name}\ndescription: How to do ${name}.\nlicense: MIT\n---\n\n${body}\n`;

describe('a skill of the repository', () => {
  it('is listed by name, description, path and digest, without its body', async () => {
    const skills = await skillsIn({
      '.missions/skills/migrate/SKILL.md': skill('migrate'),
      '.claude/skills/deploy/SKILL.md': skill('deploy'),
      '.agents/skills/review/SKILL.md': skill('review'),
      'docs/skills/other/SKILL.md': skill('other'),
      '.claude/skills/deploy/notes/SKILL.md': skill('notes'),
    });
    expect(skills.found.map(({ name }) => name)).toEqual(['deploy', 'migrate', 'review']);
    const text = skillsText(skills);
    expect(text).toMatch(
      /\ndeploy: How to do deploy\. \(\.claude\/skills\/deploy\/SKILL\.md, sha256 [0-9a-f]{12}\)\n/,
    );
    expect(text).not.toContain('Do it so.');
  });

  it('has another digest as soon as one byte of it differs', async () => {
    const digest = async (body: string) =>
      (await skillsIn({ '.missions/skills/a/SKILL.md': skill('a', body) })).found[0]?.digest;
    expect(await digest('x')).toMatch(/^[0-9a-f]{64}$/);
    expect(await digest('x')).not.toBe(await digest('y'));
  });

  it('that the plan names for a feature is given in full', async () => {
    const skills = await skillsIn({ '.missions/skills/migrate/SKILL.md': skill('migrate') });
    expect(chosenSkillText(skills, 'migrate')).toContain('Do it so.');
    expect(chosenSkillText(skills, undefined)).toBe('');
  });

  it('that the plan names and that is not there, or broken, is said to be so', async () => {
    const skills = await skillsIn({ '.missions/skills/broken/SKILL.md': '# No frontmatter' });
    expect(chosenSkillText(skills, 'missing')).toContain('the repository has no such skill at this commit');
    expect(chosenSkillText(skills, 'broken')).toMatch(
      /\.missions\/skills\/broken\/SKILL\.md cannot be used: it does not begin with YAML frontmatter/,
    );
  });

  it('that is long is cut, with where to read on', async () => {
    const skills = await skillsIn({ '.missions/skills/long/SKILL.md': skill('long', 'x'.repeat(30_000)) });
    const text = chosenSkillText(skills, 'long');
    expect(text.length).toBeLessThan(17_000);
    expect(text).toContain('(cut here; `read` .missions/skills/long/SKILL.md for the rest)');
  });
});

describe('what cannot be used as a skill is passed over with a reason:', () => {
  const laughs = ['a: &a [x,x]', 'b: &b [*a,*a]', 'c: &c [*b,*b]', 'name: odd', 'description: *c'].join('\n');
  it.each<[string, StubEntry, RegExp]>([
    ['no frontmatter', 'Just text.', /does not begin with YAML frontmatter/],
    ['frontmatter that never ends', '---\nname: odd\n', /does not begin with YAML frontmatter/],
    ['frontmatter that is not YAML', '---\nname: [\n---\n', /is not YAML/],
    ['frontmatter that is a list', '---\n- name\n---\n', /no map of fields/],
    ['aliases that grow', `---\n${laughs}\n---\n`, /is not YAML/],
    ['no description', '---\nname: odd\n---\n', /description: a text/],
    ['an empty description', '---\nname: odd\ndescription: "  "\n---\n', /description: not empty/],
    ['a name nobody could type', '---\nname: Odd One\ndescription: x\n---\n', /name: lower-case letters/],
    ['the name of another folder', '---\nname: even\ndescription: x\n---\n', /not the name of its folder/],
    ['a huge frontmatter', `---\nname: odd\nx: ${'y'.repeat(9_000)}\n---\n`, /more than 8000 characters/],
    ['a huge file', { bytes: 900_000_000 }, /has 900000000 bytes; a skill may have 65536/],
    ['bytes that are no text', new Uint8Array([45, 0, 1, 2]), /is not a text/],
    ['a link', { link: '../../../etc/passwd' }, /is not an ordinary file/],
  ])('%s', async (_what, entry, reason) => {
    const skills = await skillsIn({
      '.missions/skills/odd/SKILL.md': entry,
      '.missions/skills/sound/SKILL.md': skill('sound'),
    });
    expect(skills.found.map(({ name }) => name)).toEqual(['sound']);
    expect(skills.skipped).toEqual([
      { path: '.missions/skills/odd/SKILL.md', reason: expect.stringMatching(reason) as string },
    ]);
    expect(skillsText(skills)).toContain('not usable as skills');
  });

  it('the later of two with one name', async () => {
    const skills = await skillsIn({
      '.claude/skills/twice/SKILL.md': skill('twice', 'Second.'),
      '.missions/skills/twice/SKILL.md': skill('twice', 'First.'),
    });
    expect(skills.found).toMatchObject([{ path: '.missions/skills/twice/SKILL.md' }]);
    expect(skills.skipped).toEqual([
      {
        path: '.claude/skills/twice/SKILL.md',
        reason: '.missions/skills/twice/SKILL.md has the same name',
      },
    ]);
  });

  it('more than a run could choose from', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => {
        const name = `s-${String(index)}`;
        return [`.missions/skills/${name}/SKILL.md`, skill(name)];
      }),
    );
    const skills = await skillsIn(many);
    expect(skills.found).toHaveLength(50);
    expect(skills.skipped).toHaveLength(70);
    expect(skillsText(skills)).toContain('and 60 more');
  });
});
