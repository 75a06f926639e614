import type { MakeBusFixture } from './bus-fixture.ts';
import { describeConsumer } from './describe-consumer.ts';
import { describePoison } from './describe-poison.ts';
import { describeRelay } from './describe-relay.ts';
import { describeRequests } from './describe-requests.ts';

/** Everything a bus promises, whatever carries it. */
export function describeBus<Rows>(name: string, makeFixture: MakeBusFixture<Rows>): void {
  describeRelay(name, makeFixture);
  describeConsumer(name, makeFixture);
  describePoison(name, makeFixture);
  describeRequests(name, makeFixture);
}
