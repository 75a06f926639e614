import type { RequestPermissionRequest } from '@agentclientprotocol/sdk';
import { decidePermission } from './permissions.ts';

const options: RequestPermissionRequest['options'] = [
  { optionId: 'always', name: 'Always', kind: 'allow_always' },
  { optionId: 'once', name: 'Once', kind: 'allow_once' },
  { optionId: 'never', name: 'No', kind: 'reject_once' },
];

function decide(toolCall: Partial<RequestPermissionRequest['toolCall']>, given = options) {
  return decidePermission({
    sessionId: 's',
    toolCall: { toolCallId: 'c', title: 'Do it', ...toolCall },
    options: given,
  });
}

describe('a permission', () => {
  it.each([
    ['names nothing', {}],
    ['names a file of the workspace', { locations: [{ path: '/workspace/src/a.ts' }] }],
    ['names it relative to the workspace', { rawInput: { file_path: 'src/a.ts' } }],
    ['names a scratch file', { rawInput: { path: '/tmp/x' } }],
  ])('is given once when the call %s', (_what, call) => {
    expect(decide(call)).toMatchObject({ allowed: true, response: { outcome: { optionId: 'once' } } });
  });

  it.each([
    ['a file of the system', { locations: [{ path: '/etc/hosts' }] }],
    ['one way in and another out', { locations: [{ path: '/workspace/a' }], rawInput: { path: '/opt/x' } }],
    ['a path that leads out', { rawInput: { file_path: '../etc/hosts' } }],
    ['a name that only begins alike', { rawInput: { file_path: '/workspace-2/a' } }],
    ['the Git directory', { rawInput: { file_path: '.git/config' } }],
    ['a diff outside', { content: [{ type: 'diff' as const, path: '/root/x', newText: '' }] }],
  ])('is refused when the call names %s', (_what, call) => {
    expect(decide(call)).toMatchObject({ allowed: false, response: { outcome: { optionId: 'never' } } });
  });

  it('is cancelled when there is no option to refuse by', () => {
    expect(decide({ locations: [{ path: '/etc' }] }, options.slice(0, 2))).toMatchObject({
      response: { outcome: { outcome: 'cancelled' } },
    });
  });
});
