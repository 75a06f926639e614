import type { CommandAccepted } from '@missions/contracts';
import type { ArtifactStore } from '@missions/event-store';
import { DomainError, isRefusal } from '@missions/kernel';
import type {
  Autonomy,
  BriefDraft,
  BudgetLimits,
  Integration,
  Mission,
  Repository,
  Stance,
} from '@missions/mission';
import type { MissionRepositories, MissionRepository, RepositoryInspection } from '@missions/workspace';
import { missionIdOf, type CommandOrigin, type SendCommand } from './send-command.ts';

export interface MissionOrder {
  readonly goal: string;
  readonly repository: string;
  readonly base?: string | undefined;
  readonly autonomy?: Autonomy | undefined;
  readonly budget?: { readonly [Key in keyof BudgetLimits]?: BudgetLimits[Key] | undefined } | undefined;
  readonly brief?: BriefDraft | undefined;
  readonly acceptDefaults: boolean;
  readonly integration?: Integration | undefined;
  readonly stance?: Stance | undefined;
  readonly priority?: number | undefined;
}

export interface CreateMissionParts {
  readonly repositories: MissionRepositories;
  readonly artifacts: ArtifactStore;
  readonly commands: SendCommand;
  readonly findMission: (missionId: string) => Promise<Mission | undefined>;
  /** From the configuration; what a mission starts with it keeps. */
  readonly limits: { readonly maxTurnsPerRun: number; readonly fixRoundsPerMilestone: number };
  /** How a mission shares where nothing was said. */
  readonly sharing: { readonly integration: Integration; readonly stance: Stance };
}

/** Starts a mission: looks at the repository, fixes the commit it starts from, keeps that commit for other hosts. */
export class CreateMission {
  constructor(private readonly parts: CreateMissionParts) {}

  async create(origin: CommandOrigin, order: MissionOrder): Promise<CommandAccepted> {
    const missionId = missionIdOf(origin);
    const { repository, notes } = await this.repositoryOf(missionId, order);
    const { goal, autonomy, budget, brief, acceptDefaults, priority } = order;
    const { sharing } = this.parts;
    const accepted = await this.parts.commands.send(origin, missionId, {
      type: 'CreateMission',
      data: {
        missionId,
        goal,
        repository,
        limits: this.parts.limits,
        acceptDefaults,
        integration: order.integration ?? sharing.integration,
        stance: order.stance ?? sharing.stance,
        ...(priority !== undefined && { priority }),
        ...(autonomy !== undefined && { autonomy }),
        ...(budget !== undefined && { budget: defined(budget) }),
        ...(brief !== undefined && { brief }),
      },
    });
    return notes.length === 0 ? accepted : { ...accepted, notes: [...notes] };
  }

  private async repositoryOf(
    missionId: string,
    { repository: pathOrUrl, base }: MissionOrder,
  ): Promise<{ repository: Repository; notes: readonly string[] }> {
    // Asked for again: the repository may have moved on since, the mission has not.
    const known = (await this.parts.findMission(missionId))?.repository;
    if (known !== undefined) return { repository: known, notes: [] };
    const request = { pathOrUrl, ...(base !== undefined && { base }) };
    const inspection = await this.parts.repositories.inspectRepository(request);
    const { kind, url, baseSha, notes } = inspection;
    const baseBranch = requireBranch(inspection);
    const baseBundle = kind === 'local' ? await this.keepBase(missionId, url, baseSha) : undefined;
    return { repository: { kind, url, baseBranch, baseSha, ...(baseBundle && { baseBundle }) }, notes };
  }

  /** A store left by a request that came to nothing starts from whatever the base was then. */
  private async openFresh(missionId: string, source: string, baseSha: string): Promise<MissionRepository> {
    const { repositories } = this.parts;
    const request = { missionId, source, baseSha };
    try {
      return await repositories.open(request);
    } catch (error) {
      if (!isRefusal(error) || error.code !== 'BASE_MISMATCH') throw error;
      await repositories.remove(missionId);
      return repositories.open(request);
    }
  }

  /** The base as an artifact, so that a host without the person's repository can work too. */
  private async keepBase(missionId: string, source: string, baseSha: string): Promise<string | undefined> {
    const { artifacts } = this.parts;
    const repository = await this.openFresh(missionId, source, baseSha);
    try {
      const bundle = await repository.bundleBase();
      const { digest } = await artifacts.put(bundle, { mediaType: 'application/x-git-bundle' });
      return digest;
    } catch (error) {
      // Too much history to keep: hosts that can reach the repository itself go on.
      if (isRefusal(error) && (error.code === 'BUNDLE_TOO_LARGE' || error.code === 'ARTIFACT_TOO_LARGE'))
        return undefined;
      throw error;
    }
  }
}

function requireBranch({ baseBranch, url }: RepositoryInspection): string {
  if (baseBranch !== undefined) return baseBranch;
  throw new DomainError(
    'DETACHED_HEAD',
    `${url} is on a detached head; name the branch or commit to start from with --base.`,
    { repository: url },
  );
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
}
