import type { ChainProfile } from '../profile.ts'
import type { Chain } from '../rpc/chain.ts'
import type { Rpc } from '../rpc/create-rpc.ts'
import type { CheckedSettings } from '../settings.ts'
import type { FeeSettings } from './fees.ts'
import type { EthereumSigner } from './signer.ts'

/** What it takes to send transactions of one account. */
export interface AccountParts {
  readonly rpc: Rpc
  readonly chain: Pick<Chain, 'newest'>
  readonly profile: ChainProfile
  readonly signer: EthereumSigner
  readonly settings: Pick<CheckedSettings, 'chainId' | 'pollMs' | 'acceptWithinMs' | 'inFlightMax' | 'fees'>
}

/** The chain id that goes into signatures; before EIP-155 none did. */
export function accountChainId({ profile, settings }: AccountParts): bigint | undefined {
  return profile.transactions === 'modern' ? settings.chainId : undefined
}

/** Old chains know a gas price only. */
export function accountFees({ profile, settings }: AccountParts): FeeSettings {
  return profile.transactions === 'modern' ? settings.fees : { ...settings.fees, kind: 'legacy' }
}
