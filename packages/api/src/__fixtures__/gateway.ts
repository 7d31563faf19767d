import { enrolmentDraft, signAs } from '@careledger/client'
import type { TestInstance } from './instance.ts'

/** Enrols the gateway of hospital A as `gateway-a`, as its administration would. */
export async function enrolGateway(instance: TestInstance): Promise<void> {
  const hospital = await instance.as('hospital-a')
  const { jwk } = await hospital.hospital.fhir.gateway.query({})
  await hospital.identity.enrol.mutate({ entry: await signAs(hospital, enrolmentDraft({ party: 'gateway-a', kind: 'system', organisation: 'hospital-a', roles: ['system'], key: jwk }, 'hospital-a')) })
}
