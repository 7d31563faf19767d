import { DECISIONS_MEDIA_TYPE, parseDecisionRange } from '@careledger/proof'
import type { AcceptedEntry, NetworkDefinition, ProjectContext, RowChange } from '../entries/network-definition.ts'
import { LogicError } from '../logic-error.ts'

/** Row `newest`: the last decision that an entry covers. */
export const decisionCoverTable = 'decision-cover'
export interface DecisionCover {
  readonly last: string
  readonly entry: string
}

/** What the log writes about itself: which decisions were there, so that none can be changed, added or taken away afterwards. */
export const logNetwork: NetworkDefinition = {
  name: 'log',
  tables: { [decisionCoverTable]: { readBack: true } },
  types: {
    'decisions-recorded': { payload: 'required', mediaTypes: [DECISIONS_MEDIA_TYPE], subject: false, project: projectDecisions },
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
