import type { z } from 'zod'
import type { DecisionView } from '@careledger/logic'
import type { decision } from '../../contracts/shapes.ts'

/** Where the next page begins, if there is one. */
export const nextOf = ({ next }: { readonly next?: string | undefined }): { readonly next?: string } => (next === undefined ? {} : { next })

/** A decision as the contracts show it. */
export const toDecision = ({ id, outcome, rule, consent, delegation, purpose, expires }: DecisionView): z.input<typeof decision> => ({
  id, outcome, rule, ...(consent === undefined ? {} : { consent }), ...(delegation === undefined ? {} : { delegation }), ...(purpose === undefined ? {} : { purpose }), ...(expires === undefined ? {} : { expires }),
})
