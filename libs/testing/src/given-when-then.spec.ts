import { DomainError, type Decider, type Fact } from '@missions/kernel';
import { deciderSpec } from './given-when-then.ts';

type Lamp = 'on' | 'off';
type LampEvent = Fact<'LampSwitchedOn' | 'LampBroke', { readonly by: string }>;

const lamp: Decider<Lamp | 'broken', { readonly by: string }, LampEvent> = {
  initial: 'off',
  decide: ({ by }, state) => {
    if (by === 'nobody') throw new TypeError('A fault, not a refusal.');
    if (state === 'broken') throw new DomainError('LAMP_BROKEN', 'It is broken.', { by });
    return state === 'on' ? [] : [{ type: 'LampSwitchedOn', data: { by } }];
  },
  evolve: (_state, event) => (event.type === 'LampBroke' ? 'broken' : 'on'),
};

const given = deciderSpec(lamp);
const switchedOn: LampEvent = { type: 'LampSwitchedOn', data: { by: 'ada' } };
const broke: LampEvent = { type: 'LampBroke', data: { by: 'bob' } };

describe('given, when, then', () => {
  it('passes when exactly the expected facts follow', () => {
    given().when({ by: 'ada' }).then(switchedOn);
    expect(() => {
      given().when({ by: 'ada' }).then(switchedOn, switchedOn);
    }).toThrow();
    expect(() => {
      given().when({ by: 'bob' }).then(switchedOn);
    }).toThrow();
    expect(given().when({ by: 'ada' }).facts()).toEqual([switchedOn]);
  });

  it('passes when nothing new happens', () => {
    given(switchedOn).when({ by: 'ada' }).thenNothing();
    expect(() => {
      given().when({ by: 'ada' }).thenNothing();
    }).toThrow();
  });

  it('passes when it is refused with this very code', () => {
    expect(given(broke).when({ by: 'ada' }).thenRefuses('LAMP_BROKEN').evidence).toEqual({ by: 'ada' });
    expect(() => given(broke).when({ by: 'ada' }).thenRefuses('LAMP_LOST')).toThrow('LAMP_BROKEN');
    expect(() => given().when({ by: 'ada' }).thenRefuses('LAMP_BROKEN')).toThrow('accepted');
  });

  it('takes a fault of the decider as neither', () => {
    expect(() => given().when({ by: 'nobody' }).thenRefuses('LAMP_BROKEN')).toThrow(TypeError);
    expect(() => {
      given().when({ by: 'nobody' }).thenNothing();
    }).toThrow(TypeError);
  });
});
