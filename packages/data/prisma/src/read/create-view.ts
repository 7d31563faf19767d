import { checkLimit, checkText, invalid, isUuid } from '@careledger/data-kit'
import type { ReadView } from '@careledger/data-spec'
import type { Question } from './question.ts'
import {
  checkpointOfLog, checkpointsAfter, decisionsPage, entriesById, findQuestion, leavesFrom, leavesOfChain, leavesOfEntries, outboxCounts, outboxOfItem,
  outboxOfRecord, outboxPage, projectionsByKey,
  tilePathsAfter, tilesByPath, treeOfLog, unsequencedAfter,
} from './questions.ts'

/** Puts a question to the snapshot; rejects when the view may no longer be used. */
export type Ask = <Request, Answer>(question: Question<Request, Answer>, request: Request) => Promise<Answer>

export function createView(ask: Ask): ReadView {
  return {
    async entry(id) {
      return isUuid(id) ? (await ask(entriesById, [id]))[0] : undefined
    },
    async entries(ids) {
      checkCount(ids)
      const known = ids.filter(isUuid)
      if (known.length === ids.length) return ids.length === 0 ? [] : ask(entriesById, ids)
      const found = new Map((await ask(entriesById, known)).map((entry, at) => [known[at], entry]))
      return ids.map((id) => found.get(id))
    },
    async projection(table, key) {
      checkTexts(table, key)
      return (await ask(projectionsByKey, { table, keys: [key] }))[0]
    },
    async projections(table, keys) {
      checkCount(keys)
      checkTexts(table, ...keys)
      return keys.length === 0 ? [] : ask(projectionsByKey, { table, keys })
    },
    async find(query) {
      checkLimit(query.limit)
      if ((query.index === undefined) !== (query.equals === undefined)) throw invalid('find takes index and equals, or neither.')
      checkTexts(query.table, query.index, query.equals, query.after)
      return ask(findQuestion(query), query)
    },
    async decisions(query) {
      checkLimit(query.limit)
      checkTexts(query.about)
      if (query.after !== undefined && !isUuid(query.after)) throw invalid('after is not a place in the decisions.')
      return ask(decisionsPage, query)
    },
    async leafOf(log, entryId) {
      return isUuid(entryId) ? ask(leavesOfEntries, { log, entryId }) : undefined
    },
    async leaves(log, { from, limit }) {
      checkLimit(limit, 10_000)
      return ask(leavesFrom, { log, from, limit })
    },
    async chainLeaves(log, chain, { from, limit }) {
      checkLimit(limit)
      checkTexts(log, chain)
      return ask(leavesOfChain, { log, chain, from, limit })
    },
    async tiles(log, paths) {
      checkCount(paths)
      checkTexts(log, ...paths)
      return paths.length === 0 ? [] : ask(tilesByPath, { log, paths })
    },
    async tilePaths(log, { after = '', limit }) {
      checkLimit(limit)
      checkTexts(log, after)
      return ask(tilePathsAfter, { log, after, limit })
    },
    async treeState(log) {
      const { size, frontier } = await ask(treeOfLog, log)
      return { size, frontier: frontier.map((hash) => hash.slice()) }
    },
    async checkpoint(log, size) { return ask(checkpointOfLog, { log, size }) },
    async checkpoints(log, { after = -1, limit }) {
      checkLimit(limit)
      return ask(checkpointsAfter, { log, after, limit })
    },
    async unsequenced({ after = 0, limit }) {
      checkLimit(limit, 10_000)
      return ask(unsequencedAfter, { after, limit })
    },
    async outboxOf(itemId) {
      checkTexts(itemId)
      return ask(outboxOfItem, itemId)
    },
    async outboxByRecord(target, recordId) {
      checkTexts(target, recordId)
      return ask(outboxOfRecord, { target, recordId })
    },
    async outboxRows(query) {
      checkLimit(query.limit)
      checkTexts(query.target)
      if (query.after !== undefined && !/^\d{1,16}$/.test(query.after)) throw invalid('after is not a place in the outbox.')
      return ask(outboxPage, query)
    },
    async outboxSummary() { return ask(outboxCounts, undefined) },
  }
}

function checkCount(list: readonly string[]): void {
  if (list.length > 1_000) throw invalid('At most 1,000 can be asked for in one call.')
}

/** A text that cannot be stored cannot be sent either. */
function checkTexts(...texts: readonly (string | undefined)[]): void {
  for (const text of texts) if (text !== undefined) checkText('text', text, 4_096, 0)
}
