import { useMemo } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { canonicalize, fromBase64url, toBase64url, utf8, verifyProof, type ProofResult } from '@careledger/proof'
import { useClient } from '../session/services.tsx'
import { useSession } from '../session/session.tsx'
import { toTrust } from '../session/trust.ts'
import type { TrustedKeys } from '../session/shapes.ts'

/** What this browser found when it checked one proof. */
export interface ProofCheck {
  /** The proof file as it came. */
  readonly text: string
  readonly result: ProofResult
  /** Milliseconds the check took, without the way here. */
  readonly ms: number
  readonly checkedAt: Date
}

interface Checkable {
  readonly id: string
  readonly replacedBy?: string | undefined
}

/** Runs the verifier on this device and measures it. Nothing is asked of anyone. */
export async function checkProofText(text: string, trust: TrustedKeys, replacedBy?: { readonly id: string | undefined }, documentHash?: Uint8Array): Promise<ProofCheck> {
  const started = performance.now()
  const result = await verifyProof(utf8(text), toTrust(trust), { ...(replacedBy && { supersededBy: () => Promise.resolve(replacedBy.id) }), ...(documentHash && { documentHash }) })
  return { text, result, ms: performance.now() - started, checkedAt: new Date() }
}

/** The last check of a record by this person in this browser, if there was one. */
export function useProofCheck(id: string): ProofCheck | undefined {
  const { actor } = useSession()
  return useQuery<ProofCheck>({ queryKey: proofKey(actor?.key, id), queryFn: () => Promise.reject(new Error('Only read.')), enabled: false, staleTime: Infinity, gcTime: Infinity }).data
}

/** Fetches the proof of a record and checks it here; the finding is kept while this person is signed in. */
export function useCheckProof(): (record: Checkable, again?: boolean) => Promise<ProofCheck> {
  const client = useClient()
  const { actor } = useSession()
  const queries = useQueryClient()
  return useMemo(() => async (record, again = false) => {
    const queryKey = proofKey(actor?.key, record.id)
    const trust = await queries.fetchQuery({ queryKey: ['trust'], queryFn: () => client.platform.trust.query({}), staleTime: Infinity, gcTime: Infinity })
    return queries.fetchQuery({
      queryKey, staleTime: again ? 0 : Infinity, gcTime: Infinity,
      queryFn: async () => {
        const { proof } = await client.hospital.records.proof.query({ id: record.id })
        return checkProofText(proof, trust, { id: record.replacedBy })
      },
    })
  }, [client, actor?.key, queries])
}

export interface Cheat {
  readonly check: ProofCheck
  /** A few letters around the change, before and after it. */
  readonly before: string
  readonly after: string
  /** Byte in the content. */
  readonly at: number
}

/** Changes one letter in a copy of the content and checks the copy. `undefined` when the proof does not carry the content. */
export async function cheat(original: ProofCheck, trust: TrustedKeys): Promise<Cheat | undefined> {
  const file = JSON.parse(original.text) as { readonly opening?: { readonly payload?: string } }
  if (file.opening?.payload === undefined) return undefined
  const payload = fromBase64url(file.opening.payload)
  const at = placeToChange(new TextDecoder('latin1').decode(payload))
  if (at === undefined) return undefined
  const altered = payload.slice()
  altered[at] = otherLetter(payload[at] as number)
  const text = canonicalize({ ...file, opening: { ...file.opening, payload: toBase64url(altered) } } as never)
  return { check: await checkProofText(text, trust), at, before: around(payload, at), after: around(altered, at) }
}

function proofKey(key: string | undefined, id: string): readonly string[] {
  return [key ?? 'nobody', 'proof', id]
}

/** A digit of a measured value if there is one, else a letter of the displayed words, else any letter. */
function placeToChange(content: string): number | undefined {
  for (const pattern of [/"value"\s*:\s*\d/g, /"(?:text|display)"\s*:\s*"[A-Za-z]/g, /[A-Za-z0-9]/g]) {
    const match = pattern.exec(content)
    if (match) return match.index + match[0].length - 1
  }
  return undefined
}

function otherLetter(byte: number): number {
  const letter = String.fromCharCode(byte)
  if (letter === '9' || letter === 'z' || letter === 'Z') return byte - 1
  return byte + 1
}

/** The word around a byte, up to twelve letters to each side. */
function around(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder('latin1').decode(bytes)
  const isWord = (index: number): boolean => /[A-Za-z0-9.]/.test(text[index] ?? '')
  let start = at
  let end = at + 1
  while (at - start < 12 && isWord(start - 1)) start -= 1
  while (end - at < 12 && isWord(end)) end += 1
  return text.slice(start, end)
}
