import { replaceText } from './replace-text.ts';

const replace = (text: string, from: string, to: string, all = false) => replaceText({ text, from, to, all });
const problem = (...args: Parameters<typeof replace>): string => {
  const result = replace(...args);
  return 'problem' in result ? result.problem : `replaced: ${result.text}`;
};

describe('replacing text', () => {
  it('changes the one place that was meant', () => {
    expect(replace('a\nb\nc\n', 'b', 'B')).toEqual({ text: 'a\nB\nc\n', count: 1, firstLine: 2 });
  });

  it('takes both texts as they are', () => {
    expect(replace('cost: $& (a.b)', '(a.b)', '$1 $& $$')).toMatchObject({ text: 'cost: $& $1 $& $$' });
    expect(replace('a.c abc', 'abc', 'x')).toMatchObject({ text: 'a.c x' });
  });

  it('refuses to guess between several places, and names their lines', () => {
    expect(problem('x = 1\ny = 1\nz\n', '= 1', '= 2')).toBe(
      'old_string occurs 2 times (lines 1, 2). Add lines around it until it is the only one, or set replace_all.',
    );
  });

  it('changes all places where asked', () => {
    expect(replace('a a\na', 'a', 'aa', true)).toEqual({ text: 'aa aa\naa', count: 3, firstLine: 1 });
  });

  it('refuses to change nothing', () => {
    expect(problem('a', 'a', 'a')).toContain('nothing would change');
  });

  it('keeps the line ends of the file', () => {
    expect(replace('a\r\nb\r\nc\r\n', 'a\nb', 'a\nx\nb')).toMatchObject({ text: 'a\r\nx\r\nb\r\nc\r\n' });
  });

  it('hints at the line that differs only in white space', () => {
    const text = 'function f() {\n\treturn 1;\n}\n';
    expect(problem(text, '  return 1;\n', 'x')).toMatch(/line 2; what follows there, or the white space/);
  });

  it('hints at the most similar line, or says that there is none', () => {
    const text = 'const total = sum(items);\nconst other = 1;\n';
    expect(problem(text, 'const total = summ(item);', 'x')).toContain(
      'The nearest line is 1:\n1\tconst total',
    );
    expect(problem(text, '@@@@', 'x')).toContain('No line is similar');
  });

  it('is quick on large files', () => {
    const text = 'const value = compute(something, other);\n'.repeat(20_000);
    const startedAt = performance.now();
    expect(problem(text, 'const value = compute(anything);', 'x')).toContain('The nearest line');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
