import type { Cursors } from '@missions/bus';
import { PostgresCursors } from '@missions/bus/postgres';
import type { ModelsByRole } from '@missions/contracts';
import type { AuditSource } from '@missions/event-store';
import { MissionFolds, RequestingCommander } from '@missions/runs';
import { liveRuns } from '@missions/runs/postgres';
import {
  ARTIFACT_STORE,
  BUS,
  CLOCK,
  CONFIG,
  DATABASE,
  ENVIRONMENT,
  EVENT_STORE,
  LOGGER,
  provide,
  REDACTOR,
  token,
  type Logger,
  type MissionsConfig,
} from '@missions/runtime';
import type { MissionRepositories } from '@missions/workspace';
import { GitMissionRepositories } from '@missions/workspace/git';
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { askingByName } from './adapters/asking-by-name.ts';
import { AccountsController } from './adapters/http/accounts.controller.ts';
import { AuthorizationGuard } from './adapters/http/authorization.guard.ts';
import { CommandsController } from './adapters/http/commands.controller.ts';
import { DeliveryController } from './adapters/http/delivery.controller.ts';
import { EventsController } from './adapters/http/events.controller.ts';
import { KnownQueryGuard } from './adapters/http/known-query.guard.ts';
import { LocksController } from './adapters/http/locks.controller.ts';
import { MissionsController } from './adapters/http/missions.controller.ts';
import { OpenApiController } from './adapters/http/openapi.controller.ts';
import { ProblemFilter } from './adapters/http/problem.filter.ts';
import { WorkController } from './adapters/http/work.controller.ts';
import { PostgresAccessTokens } from './adapters/postgres-access-tokens.ts';
import { PostgresLiveValues } from './adapters/postgres-live-values.ts';
import { PostgresMissionCards } from './adapters/postgres-mission-cards.ts';
import { PostgresRunTranscripts } from './adapters/postgres-run-transcripts.ts';
import { AUDIT_SOURCE, AuditLog } from './application/audit-log.ts';
import { Authenticate } from './application/authenticate.ts';
import { CreateMission } from './application/create-mission.ts';
import { EstimatePlans } from './application/estimate-plans.ts';
import { ExportBundle } from './application/export-bundle.ts';
import { FollowEvents } from './application/follow-events.ts';
import { InterveneInLocks } from './application/intervene-in-locks.ts';
import { ManageTokens } from './application/manage-tokens.ts';
import { ProjectCards } from './application/project-cards.ts';
import { ReadLedgerHistory } from './application/read-ledger-history.ts';
import { ReadLocks } from './application/read-locks.ts';
import { ReadMissions } from './application/read-missions.ts';
import { ReadReport } from './application/read-report.ts';
import { ReadRuns } from './application/read-runs.ts';
import { ReadWork } from './application/read-work.ts';
import { SendCommand } from './application/send-command.ts';
import { SendMessage } from './application/send-message.ts';
import { BootstrapAccess } from './bootstrap-access.ts';
import { CardProjection } from './card-projection.ts';
import { ACCESS_TOKENS } from './ports/access-tokens.ts';
import { LIVE_VALUES } from './ports/live-values.ts';
import { MISSION_CARDS } from './ports/mission-cards.ts';
import { RUN_TRANSCRIPTS } from './ports/run-transcripts.ts';

const REPOSITORIES = token<MissionRepositories>('REPOSITORIES');
/** Three missed renewals. */
const STALE_RENEWALS = 3;

/** The models of now, and whether what they cost can be known. */
function modelsOf({ models, prices, providers }: MissionsConfig): ModelsByRole {
  return Object.fromEntries(
    Object.entries(models).flatMap(([role, choice]) => {
      if (!choice) return [];
      const scripted = providers[choice.use.split('/', 1)[0] ?? '']?.kind === 'scripted';
      return [[role, { use: choice.use, priced: scripted || prices[choice.use] !== undefined }]];
    }),
  );
}

@Module({
  controllers: [
    MissionsController,
    DeliveryController,
    CommandsController,
    WorkController,
    EventsController,
    LocksController,
    AccountsController,
    OpenApiController,
  ],
  providers: [
    provide(MissionFolds, [EVENT_STORE], (store) => new MissionFolds(store)),
    provide(ACCESS_TOKENS, [DATABASE], (database) => new PostgresAccessTokens(database)),
    provide(MISSION_CARDS, [DATABASE], (database) => new PostgresMissionCards(database)),
    provide(RUN_TRANSCRIPTS, [DATABASE], (database) => new PostgresRunTranscripts(database)),
    provide(
      LIVE_VALUES,
      [DATABASE],
      (database) => new PostgresLiveValues(database, (missionId) => liveRuns(database, missionId)),
    ),
    provide(
      REPOSITORIES,
      [ENVIRONMENT, REDACTOR],
      ({ state }, redactor) =>
        new GitMissionRepositories({ stateDir: state, scan: (_path, text) => redactor.finds(text) }),
    ),
    // The log in Postgres gives the audit its raw bytes.
    provide(AUDIT_SOURCE, [EVENT_STORE], (store) => store as unknown as AuditSource),
    provide(Authenticate, [ACCESS_TOKENS], (tokens) => new Authenticate(tokens)),
    provide(ManageTokens, [ACCESS_TOKENS, CLOCK], (tokens, clock) => new ManageTokens(tokens, clock)),
    provide(
      SendCommand,
      [BUS, ENVIRONMENT],
      (bus, { commandKey }) => new SendCommand(new RequestingCommander(askingByName(bus)), commandKey),
    ),
    provide(ReadLocks, [BUS, LIVE_VALUES], (bus, live) => new ReadLocks(askingByName(bus), live)),
    provide(ReadLedgerHistory, [EVENT_STORE], (store) => new ReadLedgerHistory(store)),
    provide(
      InterveneInLocks,
      [BUS, ENVIRONMENT],
      (bus, { commandKey }) => new InterveneInLocks(askingByName(bus), commandKey),
    ),
    provide(
      SendMessage,
      [SendCommand, ReadMissions],
      (commands, missions) => new SendMessage(commands, (missionId) => missions.mission(missionId)),
    ),
    provide(
      CreateMission,
      [REPOSITORIES, ARTIFACT_STORE, SendCommand, ReadMissions, CONFIG],
      (repositories, artifacts, commands, missions, { limits, integration, stance }) =>
        new CreateMission({
          repositories,
          artifacts,
          commands,
          findMission: (missionId) => missions.find(missionId),
          limits: {
            maxTurnsPerRun: limits.maxTurnsPerRun,
            fixRoundsPerMilestone: limits.fixRoundsPerMilestone,
          },
          sharing: { integration, stance },
        }),
    ),
    provide(
      ReadMissions,
      [EVENT_STORE, MissionFolds, MISSION_CARDS, LIVE_VALUES, CONFIG],
      (store, folds, cards, live, { limits }) =>
        new ReadMissions({ store, folds, cards, live, staleAfterMs: STALE_RENEWALS * limits.leaseRenewMs }),
    ),
    provide(
      EstimatePlans,
      [MissionFolds, MISSION_CARDS, CONFIG],
      (folds, cards, config) => new EstimatePlans({ folds, cards, models: modelsOf(config) }),
    ),
    provide(
      ReadRuns,
      [ReadMissions, EVENT_STORE, RUN_TRANSCRIPTS],
      (missions, store, transcripts) => new ReadRuns({ missions, store, transcripts }),
    ),
    provide(
      ReadWork,
      [REPOSITORIES, ARTIFACT_STORE],
      (repositories, artifacts) => new ReadWork(repositories, artifacts),
    ),
    provide(ReadReport, [ARTIFACT_STORE], (artifacts) => new ReadReport(artifacts)),
    provide(
      ExportBundle,
      [ReadMissions, EVENT_STORE, AUDIT_SOURCE, ARTIFACT_STORE, ReadReport, ReadWork],
      (missions, store, audit, artifacts, reports, work) =>
        new ExportBundle({ missions, store, audit, artifacts, reports, work }),
    ),
    provide(AuditLog, [AUDIT_SOURCE], (source) => new AuditLog(source)),
    provide(FollowEvents, [EVENT_STORE, BUS], (store, bus) => new FollowEvents(store, bus)),
    provide(
      BootstrapAccess,
      [ManageTokens, ENVIRONMENT],
      (tokens, environment) => new BootstrapAccess(tokens, environment),
    ),
    provide(
      CardProjection,
      [EVENT_STORE, BUS, DATABASE, MissionFolds, MISSION_CARDS, LOGGER],
      (store, bus, database, folds, cards, logger) =>
        new CardProjection({
          store,
          bus,
          cursors: new PostgresCursors(database) as Cursors,
          projection: new ProjectCards(folds, cards),
          logger,
        }),
    ),
    {
      provide: APP_GUARD,
      inject: [Authenticate],
      useFactory: (authenticate: Authenticate) => new AuthorizationGuard(authenticate),
    },
    { provide: APP_GUARD, useClass: KnownQueryGuard },
    {
      provide: APP_FILTER,
      inject: [LOGGER],
      useFactory: (logger: Logger) => new ProblemFilter(logger),
    },
  ],
})
export class MissionControlModule {}
