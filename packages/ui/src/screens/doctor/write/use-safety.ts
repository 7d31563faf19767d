import { useEffect, useState } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { checkRecords } from '@careledger/client'
import { useClient } from '../../../session/services.tsx'
import { useSession } from '../../../session/session.tsx'
import type { SafetyIssue, WritingPlace } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { ownIssues, probeOf } from './safety.ts'
import { useWriteContext } from './use-write-place.ts'

/** Pause in typing after which the checks are asked: each asking is an access that the patient sees. */
const pauseMs = 700

const none: readonly SafetyIssue[] = []

/** What speaks against a draft, asked of the server when typing pauses, and for certain by `now` before the check page. */
export function useSafety(draft: Draft, earlier: readonly Draft[], place: WritingPlace) {
  const client = useClient()
  const queries = useQueryClient()
  const { actor } = useSession()
  const contextOf = useWriteContext()
  const probe = probeOf(draft, earlier, contextOf(place))
  const [asked, setAsked] = useState<string>()
  useEffect(() => {
    if (probe === undefined || probe.key === asked) return
    const timer = setTimeout(() => setAsked(probe.key), pauseMs)
    return () => clearTimeout(timer)
  }, [probe?.key, asked])
  const options = {
    queryKey: [actor?.key, 'hospital.records.safety', draft.patient, probe?.key],
    queryFn: async ({ signal }: { readonly signal: AbortSignal }) => (await checkRecords(client, draft, probe?.records ?? [], { signal })).issues,
    staleTime: 60_000,
  }
  const result = useQuery({ ...options, enabled: probe !== undefined && probe.key === asked })
  return {
    issues: probe === undefined || result.data === undefined ? none : ownIssues(result.data, probe.own),
    /** Errors: Problem. */
    now: async (): Promise<readonly SafetyIssue[]> => {
      if (probe === undefined) return none
      setAsked(probe.key)
      return ownIssues(await queries.fetchQuery(options), probe.own)
    },
  }
}
