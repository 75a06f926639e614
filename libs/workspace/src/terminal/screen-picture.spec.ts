import { pictureOf } from './screen-picture.ts';

describe('a picture of a screen', () => {
  const screen = { columns: 20, lines: [], text: '', cursor: { row: 1, column: 2 } };

  it('shows every row in its place, and nothing of it is markup', () => {
    const picture = pictureOf({ ...screen, rows: ['<script>alert("x")</script>', '', 'a  b & \u0007c'] });
    expect(picture).toContain(
      'y="25" xml:space="preserve">&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;</text>',
    );
    expect(picture).toContain('y="61" xml:space="preserve">a  b &#38; \ufffdc</text>');
    expect(picture.match(/<text/g)).toHaveLength(2);
    expect(picture).not.toContain('<script');
  });
});
