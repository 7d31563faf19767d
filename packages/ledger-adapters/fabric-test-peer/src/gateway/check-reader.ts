import { status } from '@grpc/grpc-js'
import type { Membership } from '../identity/membership.ts'
import { GatewayError } from './gateway-error.ts'

/** Whether a signed request comes from a member of the channel; PERMISSION_DENIED if it does not. */
export function checkReader(
  membership: Membership,
  channelId: string,
  { identity, data, signature }: { readonly identity: Uint8Array; readonly data: Uint8Array; readonly signature: Uint8Array },
): void {
  const reader = membership.identify(identity)
  if (reader?.valid === true && reader.verify(data, signature)) return
  throw new GatewayError(
    status.PERMISSION_DENIED,
    `failed evaluating policy on signed data during check policy [/Channel/Application/Readers] on channel [${channelId}]: ` +
      "[implicit policy evaluation failed - 0 sub-policies were satisfied, but this policy requires 1 of the 'Readers' sub-policies to be satisfied]",
  )
}
