import { createPositionCodec } from '@careledger/ledger-kit'

/** Number of the file, and place of the record in it. */
export const position = createPositionCodec([12, 6])
