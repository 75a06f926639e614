import { createRedactor } from '@missions/kernel';
import { createLogger, withLogContext } from './logger.ts';

function logged(): {
  readonly lines: Record<string, unknown>[];
  readonly logger: ReturnType<typeof createLogger>;
} {
  const lines: Record<string, unknown>[] = [];
  const write = (text: string): void => {
    lines.push(JSON.parse(text) as Record<string, unknown>);
  };
  const redactor = createRedactor({ secrets: [{ name: 'database password', value: 'hunter22' }] });
  return {
    lines,
    logger: createLogger({ service: 'worker', level: 'info', redactor, destination: { write } }),
  };
}

describe('a line of the log', () => {
  it('names the service and what it is about, across awaits', async () => {
    const { lines, logger } = logged();
    await withLogContext({ missionId: 'm1' }, async () => {
      await Promise.resolve();
      withLogContext({ runId: 'r1' }, () => {
        logger.info({ tries: 2 }, 'Claimed');
      });
    });
    logger.info({}, 'Idle');
    expect(lines[0]).toMatchObject({
      level: 'info',
      service: 'worker',
      missionId: 'm1',
      runId: 'r1',
      tries: 2,
      msg: 'Claimed',
    });
    expect(lines[1]).not.toHaveProperty('missionId');
  });

  it('never shows a secret, wherever it stands', () => {
    const { lines, logger } = logged();
    logger.warn({ err: new Error('postgres://u:hunter22@host failed') }, 'with hunter22');
    expect(JSON.stringify(lines)).not.toContain('hunter22');
    expect(lines[0]?.['msg']).toBe('with [redacted:database password]');
  });
});
