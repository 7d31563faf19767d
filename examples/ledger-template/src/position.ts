import { createPositionCodec } from '@careledger/ledger-kit'

/** The item's number in its stream. */
export const position = createPositionCodec([15])
