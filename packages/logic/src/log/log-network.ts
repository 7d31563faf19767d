import { DECISIONS_MEDIA_TYPE, jwkThumbprint, LOG_KEY_MEDIA_TYPE, LOG_KEY_TYPE, parseDecisionRange, parseLogKey } from '@careledger/proof'
import type { AcceptedEntry, NetworkDefinition, ProjectContext, RowChange, RowValue } from '../entries/network-definition.ts'
import { LogicError } from '../logic-error.ts'

/** Row `newest`: the last decision that an entry covers. */
export const decisionCoverTable = 'decision-cover'
export interface DecisionCover {
  readonly last: string
  readonly entry: string
}

/** Row `log-key`; key = thumbprint of a former key of the log: the key after it, the last state under the former one, and the entry that says so. */
export const logKeyTable = 'log-key'
export interface LogKeyRow { readonly next: string; readonly size: number; readonly root: string; readonly entry: string }

/** What the log writes about itself: which decisions were there, so that none can be changed, added or taken away afterwards; and by which key it signs. */
export const logNetwork: NetworkDefinition = {
  name: 'log',
  tables: { [decisionCoverTable]: { readBack: true }, [logKeyTable]: { readBack: true } },
  types: {
    'decisions-recorded': { payload: 'required', mediaTypes: [DECISIONS_MEDIA_TYPE], subject: false, project: projectDecisions },
    [LOG_KEY_TYPE]: { payload: 'required', mediaTypes: [LOG_KEY_MEDIA_TYPE], subject: false, project: projectLogKey },
  },
}

async function projectDecisions(context: ProjectContext, { entry, opening, author }: AcceptedEntry): Promise<readonly RowChange[]> {
  const range = opening === undefined ? undefined : parseDecisionRange(opening.payload)
  if (range === undefined) throw new LogicError('INPUT_MALFORMED', 'The payload names no range of decisions.', { details: { id: entry.id } })
  if (author.organisation !== undefined || (author.kind !== 'system' && author.kind !== 'platform')) throw new LogicError('NOT_ALLOWED', 'The platform records decisions.', { details: { id: entry.id } })
  const cover = (await context.row(decisionCoverTable, 'newest')) as DecisionCover | undefined
  if (cover !== undefined && range.first <= cover.last) throw new LogicError('STALE', 'Those decisions are recorded.', { details: { id: entry.id } })
  return [{ table: decisionCoverTable, key: 'newest', value: { last: range.last, entry: entry.id } }]
}

/** `log-key-changed`, by the platform's root: the log signs with another key from here on. A key that was replaced never comes back. */
async function projectLogKey(context: ProjectContext, { entry, opening, author }: AcceptedEntry): Promise<readonly RowChange[]> {
  if (author.kind !== 'platform') throw new LogicError('NOT_ALLOWED', 'The platform\'s root changes the key of the log.', { details: { id: entry.id } })
  const { former, key, size, root } = readLogKey(entry.id, opening?.payload)
  const [from, next] = [jwkThumbprint(former), jwkThumbprint(key)]
  if ((await context.row(logKeyTable, from)) !== undefined || (await context.row(logKeyTable, next)) !== undefined) throw new LogicError('ENTRY_CONFLICT', 'That key of the log was replaced before.', { details: { id: entry.id } })
  const row: LogKeyRow = { next, size, root, entry: entry.id }
  return [{ table: logKeyTable, key: from, value: row as unknown as RowValue }]
}

function readLogKey(id: string, payload: Uint8Array | undefined): ReturnType<typeof parseLogKey> {
  try {
    return parseLogKey(payload ?? new Uint8Array())
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The payload names no change of the log\'s key.', { cause, details: { id } })
  }
}
