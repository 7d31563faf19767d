import type { Actor } from '@careledger/identity'
import { record } from '../../decisions/decide.ts'
import { newDecision } from '../../decisions/decision-record.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { checkRoles, permittedFrame, toWritten, writingMax } from './commit-writing.ts'
import { writingProblems } from './check-writing.ts'
import { openIssues, safetyIssues, toProblems, type SafetyIssue } from './safety/index.ts'

export interface Draft {
  /** The exact bytes of the resource. */
  readonly bytes: Uint8Array
  readonly replaces?: string | undefined
}

export interface CheckedDrafts {
  /** What a commit would be refused for: form, references, authors, and safety issues that are open. */
  readonly problems: readonly { readonly path: string; readonly code: string; readonly message: string }[]
  /** Everything that speaks against them, answered or not. */
  readonly issues: readonly SafetyIssue[]
}

/**
 * What `commitWriting` would say to these resources, before anybody signs them. Nothing is kept but the decision. Errors: those of `commitWriting`
 * but FHIR_INVALID and SAFETY_CHECK, whose problems are the answer.
 */
export async function checkDrafts(parts: Parts, actor: Actor, patient: string, drafts: readonly Draft[], signal?: AbortSignal): Promise<CheckedDrafts> {
  const operation = 'hospital.writing.check'
  if (drafts.length > writingMax) throw new LogicError('INPUT_TOO_LARGE', `One write takes at most ${writingMax} resources.`, { details: { limit: writingMax } })
  const resources = drafts.map(({ bytes, replaces }, index) => ({ ...toWritten(bytes, `resources[${index}]`), ...(replaces === undefined ? {} : { replaces }) }))
  const { frame, medicines, guards } = await permittedFrame(parts, actor, operation, patient, resources)
  checkRoles(resources, actor)
  const [formal, issues] = [await writingProblems(resources, frame, signal), await safetyIssues(resources, medicines)]
  if (!(await record(parts, [newDecision({ actor, operation, purpose: 'treatment', about: patient, rule: 'custodian-staff' }, parts.now())], guards))) throw new LogicError('STALE', 'What this decision rests on has changed.')
  return { problems: [...formal, ...toProblems(openIssues(issues))], issues }
}
