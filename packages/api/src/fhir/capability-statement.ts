import type { z } from 'zod'
import { AUDIT_EVENT, AUDIT_EVENT_PARAMETERS } from './audit-events.ts'
import { CONSENT } from './consents.ts'
import type { fhir } from '../contracts/hospital/fhir.ts'
import { SUBSCRIPTION, SUBSCRIPTION_PARAMETERS } from './subscriptions.ts'

/** When what the statement says was last changed. */
const DATE = '2026-11-26'
const VERSION = '0.1.0'

const BULK = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/'
const VALIDATE = { name: 'validate', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate' }
/** Operations at an address of a type. */
const OPERATIONS: Readonly<Record<string, readonly { readonly name: string; readonly definition: string }[]>> = {
  Patient: [{ name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' }, { name: 'export', definition: `${BULK}patient-export` }],
  Group: [{ name: 'export', definition: `${BULK}group-export` }],
}

const CONSENTS = 'The consents that patients gave here are read and searched as Consents, by the patient, the custodian\'s records clerks and whom they were given to. A consent is given by POST and withdrawn by PUT with status inactive, each with the entry that the patient signed (CareLedger-Entry); its status follows its term. A Consent that staff write is a record and permits nothing.'

/** AuditEvents are made by the server: searched and read, never written. */
const AUDIT_EVENTS = { type: AUDIT_EVENT, interaction: [{ code: 'read' }, { code: 'search-type' }], versioning: 'no-version', referencePolicy: ['logical'], searchParam: AUDIT_EVENT_PARAMETERS }

/** What their makers are told by; nothing of a record is sent. */
const SUBSCRIPTIONS = {
  type: SUBSCRIPTION, documentation: 'rest-hook to addresses that the operator has listed for the organisation; the payload is left out, empty or id-only (HL7 Subscriptions R5 Backport). What meets the criteria is decided for its maker when it is told; a Subscription ends with the right to the patient whom it names.',
  interaction: ['read', 'create', 'update', 'delete', 'search-type'].map((code) => ({ code })), versioning: 'no-version', searchParam: SUBSCRIPTION_PARAMETERS, operation: [{ name: 'status', definition: 'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status' }],
}

/** The CapabilityStatement of the server under a base, out of what `hospital.fhir.capability` says. */
export function capabilityStatement(base: string, origin: string, { types }: z.output<typeof fhir.capability.output>): object {
  return {
    resourceType: 'CapabilityStatement', status: 'active', date: DATE, kind: 'instance', fhirVersion: '4.0.1', format: ['application/fhir+json', 'json'], patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    instantiates: ['http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data'],
    software: { name: 'CareLedger', version: VERSION },
    implementation: { description: 'Records of patients as signed entries; resources are kept byte for byte, and every access is decided and recorded.', url: base },
    rest: [{
      mode: 'server',
      documentation: 'Versions, ids and times travel in ETag, Location and Last-Modified; the body is the author\'s text and is not given a meta element. What may not be read and what does not exist are answered alike. Nothing is deleted: what was written by mistake gets a version that says so. A Binary is given as its own bytes unless FHIR JSON is asked for; attachments are Binaries too.',
      security: {
        cors: false, service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }], text: 'SMART Backend Services with tokens bound by DPoP (RFC 9449)' }],
        extension: [{ url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', extension: [{ url: 'token', valueUri: `${origin}/oauth/token` }] }],
      },
      resource: [...types.filter(({ type }) => type !== AUDIT_EVENT && type !== SUBSCRIPTION).map(({ type, parameters, includes, revincludes }) => ({
        type,
        interaction: ['read', 'vread', 'update', 'patch', 'history-instance', 'history-type', 'create', 'search-type'].map((code) => ({ code })),
        versioning: 'versioned-update', readHistory: true, updateCreate: true, conditionalCreate: true, conditionalRead: 'not-match', conditionalUpdate: true, conditionalDelete: 'not-supported',
        referencePolicy: ['literal', 'logical'],
        ...(includes.length === 0 ? {} : { searchInclude: ['*', ...includes] }),
        ...(revincludes.length === 0 ? {} : { searchRevInclude: revincludes }),
        searchParam: parameters.map(({ name, type: kind, definition, modifiers }) => ({ name, definition, type: kind, ...(modifiers.length === 0 ? {} : { documentation: `Modifiers: ${modifiers.map((modifier) => `:${modifier}`).join(', ')}` }) })),
        ...(type === CONSENT ? { documentation: CONSENTS } : {}),
        operation: [VALIDATE, ...(OPERATIONS[type] ?? [])],
      })), AUDIT_EVENTS, SUBSCRIPTIONS],
      interaction: [{ code: 'transaction' }, { code: 'batch' }],
      operation: [{ name: 'export', definition: `${BULK}export` }],
      compartment: ['http://hl7.org/fhir/CompartmentDefinition/patient'],
    }],
  }
}
