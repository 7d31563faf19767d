import { createFhirSubscription, listFhirSubscriptions, readFhirSubscription, removeFhirSubscription, updateFhirSubscription } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import type { InterchangeSettings } from './interchange.ts'

export function fhirSubscriptionOperations({ endpointAllowed = () => false }: InterchangeSettings) {
  return {
    list: implement(hospital.fhirSubscriptions.list, async (context) => ({ items: (await listFhirSubscriptions(context.parts, signedIn(context))).map((item) => ({ ...item })) })),
    read: implement(hospital.fhirSubscriptions.read, async (context, { id }) => ({ ...(await readFhirSubscription(context.parts, signedIn(context), id)) })),
    create: implement(hospital.fhirSubscriptions.create, async (context, input) => {
      const { item, secret } = await createFhirSubscription(context.parts, signedIn(context), input, endpointAllowed)
      return { ...item, secret }
    }),
    update: implement(hospital.fhirSubscriptions.update, async (context, { id, resource }) => ({ ...(await updateFhirSubscription(context.parts, signedIn(context), id, resource)) })),
    remove: implement(hospital.fhirSubscriptions.remove, async (context, { id }) => {
      await removeFhirSubscription(context.parts, signedIn(context), id)
      return {}
    }),
  }
}
