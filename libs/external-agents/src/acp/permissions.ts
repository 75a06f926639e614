import type {
  PermissionOption,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import { isWritablePlace } from './places.ts';

export interface Decision {
  readonly allowed: boolean;
  readonly response: RequestPermissionResponse;
  /** For the log: what was asked, and what was answered. */
  readonly text: string;
}

/**
 * Nobody is there to ask: what names only places within the workspace is allowed once, everything else is refused. Whatever
 * is allowed happens in the sandbox, which is what really holds.
 */
export function decidePermission({ toolCall, options }: RequestPermissionRequest): Decision {
  const places = placesOf(toolCall);
  const outside = places.filter((place) => !isWritablePlace(place));
  const allowed = outside.length === 0;
  const option = optionFor(options, allowed);
  const title = toolCall.title ?? toolCall.name ?? toolCall.kind ?? 'something';
  const why = allowed ? 'allowed' : `refused: outside of the workspace (${outside.join(', ').slice(0, 500)})`;
  if (!option)
    return {
      allowed: false,
      response: { outcome: { outcome: 'cancelled' } },
      text: `${title} — refused: no such option`,
    };
  return {
    allowed,
    response: { outcome: { outcome: 'selected', optionId: option.optionId } },
    text: `${title} — ${why}`,
  };
}

function optionFor(options: readonly PermissionOption[], allow: boolean): PermissionOption | undefined {
  const wanted = allow ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always'];
  return wanted
    .map((kind) => options.find((option) => option.kind === kind))
    .find((option) => option !== undefined);
}

const pathFields = ['file_path', 'path', 'notebook_path', 'filePath', 'abs_path'] as const;

/** Said in two ways: the protocol's locations, and the input of the agent's own tool. */
function placesOf({ locations, rawInput, content }: RequestPermissionRequest['toolCall']): readonly string[] {
  const input =
    typeof rawInput === 'object' && rawInput !== null ? (rawInput as Record<string, unknown>) : {};
  return [
    ...(locations ?? []).map(({ path }) => path),
    ...pathFields.flatMap((field) => (typeof input[field] === 'string' ? [input[field]] : [])),
    ...(content ?? []).flatMap((part) => (part.type === 'diff' ? [part.path] : [])),
  ];
}
