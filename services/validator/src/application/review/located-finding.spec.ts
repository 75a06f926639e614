import { DomainError } from '@missions/kernel';
import { findingDraftSchema, type FindingDraft, type Mission } from '@missions/mission';
import { builtM1 } from '@missions/mission/testing';
import { locatedFinding } from './located-finding.ts';

const { mission } = builtM1();
const files = {
  read: (path: string) => {
    if (!path.endsWith('src/F-001.ts') && !path.endsWith('src/F-002.ts'))
      return Promise.reject(new DomainError('FILE_NOT_FOUND', `${path}: no such file.`));
    const bytes = Buffer.from('one\ntwo\n');
    return Promise.resolve({ bytes, size: bytes.length });
  },
};

function located(over: Partial<FindingDraft>, of: Mission = mission): Promise<FindingDraft> {
  const finding = findingDraftSchema.parse({
    severity: 'major',
    category: 'stub',
    title: 'It is a stub',
    detail: 'It returns 3.',
    ...over,
  });
  const { signal } = new AbortController();
  return locatedFinding(finding, { mission: of, featureId: 'F-001', files, signal });
}

describe('the finding of a reviewer', () => {
  it('says whose claim it is, and is never more than major', async () => {
    expect(await located({ severity: 'blocker', location: 'src/F-001.ts:2' })).toMatchObject({
      severity: 'major',
      detail: 'Held by the reviewer of F-001.\nIt returns 3.',
      featureIds: ['F-001'],
    });
  });

  it.each(['src/F-001.ts:3', 'src/gone.ts:1', 'src/gone.ts'])(
    'says that %s leads nowhere',
    async (location) => {
      const { detail } = await located({ location });
      expect(detail).toContain(`(checked: ${location} leads nowhere at this commit)`);
    },
  );

  it('belongs to the feature that changed the place it names', async () => {
    expect((await located({ location: './src/F-002.ts:1' })).featureIds).toEqual(['F-002']);
    expect((await located({ location: 'src/F-002.ts:1', featureIds: ['F-001'] })).featureIds).toEqual([
      'F-001',
    ]);
    expect((await located({})).featureIds).toEqual(['F-001']);
  });
});
