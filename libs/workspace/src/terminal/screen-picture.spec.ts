import { pictureOf } from './screen-picture.ts';
import type { StyledRun } from './styled-run.ts';

const run = (text: string, more: Partial<StyledRun> = {}): StyledRun => ({
  column: 0,
  width: text.length,
  text,
  bold: false,
  foreground: undefined,
  background: undefined,
  ...more,
});

describe('a picture of a screen', () => {
  const screen = { columns: 20, cursor: { row: 1, column: 2 } };

  it('shows every row in its place, and nothing of it is markup', () => {
    const picture = pictureOf({
      ...screen,
      styled: [[run('<script>alert("x")</script>')], [], [run('a  b & \u0007c')]],
    });
    expect(picture).toMatch(/y="25" .*>&#60;script&#62;alert\(&#34;x&#34;\)&#60;\/script&#62;<\/text>/);
    expect(picture).toMatch(/y="61" .*>a {2}b &#38; \ufffdc<\/text>/);
    expect(picture.match(/<text/g)).toHaveLength(2);
    expect(picture).not.toContain('<script');
  });

  it('shows what is marked by colour, also where it is blank', () => {
    const marked = { bold: true, foreground: '#14171c', background: '#e5e7eb' };
    const picture = pictureOf({
      ...screen,
      styled: [[run('> '), run('list', { column: 2, ...marked }), run('  ', { column: 6, ...marked })]],
    });
    expect(picture).toContain('<rect x="30" y="12" width="36" height="18" fill="#e5e7eb"/>');
    expect(picture).toContain('<rect x="66" y="12" width="18" height="18" fill="#e5e7eb"/>');
    expect(picture).toMatch(/<text x="30" y="25" textLength="36" font-weight="bold" fill="#14171c" .*>list</);
  });
});
