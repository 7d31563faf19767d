import { openingFromJson, type ProofFile } from '@careledger/proof'

/** What a certificate of erasure says, out of its proof file. Whether it holds, the steps of the check say. */
export interface ErasureStatement {
  readonly custodian: string
  /** Pseudonym of the patient at that custodian; leads to nobody any more. */
  readonly subject: string
  readonly at: string
  readonly generationBefore: number
  readonly generationAfter: number
  /** The two people, and the entries of their order; absent in certificates from before there were orders. */
  readonly by?: readonly string[] | undefined
  readonly proposed?: string | undefined
  readonly approved?: string | undefined
}

/** `undefined`: the proof is of something else, or does not show its payload. */
export function erasureIn(file: ProofFile | undefined): ErasureStatement | undefined {
  if (file?.entry.type !== 'subject-erased' || file.opening === undefined || file.entry.subject === undefined) return undefined
  const opening = openingFromJson(file.opening as never)
  if (!('payload' in opening)) return undefined
  const { generationBefore, generationAfter, order } = JSON.parse(new TextDecoder().decode(opening.payload)) as Pick<ErasureStatement, 'generationBefore' | 'generationAfter'> & { readonly order?: { readonly by: readonly string[]; readonly proposed: string; readonly approved: string } }
  return { custodian: file.entry.custodian, subject: file.entry.subject, at: file.entry.issuedAt, generationBefore, generationAfter, ...(order === undefined ? {} : { by: order.by, proposed: order.proposed, approved: order.approved }) }
}
