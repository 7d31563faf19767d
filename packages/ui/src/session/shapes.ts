import type { CareLedgerClient } from '@careledger/client'

type Output<Call> = Call extends { query(...input: never[]): Promise<infer Result> } ? Result : Call extends { mutate(...input: never[]): Promise<infer Result> } ? Result : never
type Item<Page> = Page extends { items: readonly (infer One)[] } ? One : never
type Hospital = CareLedgerClient['hospital']
type Platform = CareLedgerClient['platform']

export type PatientSummary = Item<Output<Hospital['patients']['list']>>
export type RecordItem = Item<Output<Hospital['records']['list']>>
export type RecordRead = Output<Hospital['records']['read']>
export type Decision = Output<Hospital['records']['list']>['decision']
export type ImportCheck = Output<Hospital['imports']['check']>
export type Consent = Item<Output<Hospital['consents']['list']>>
export type ConsentTerms = Consent['terms']
export type Subject = Item<Output<Hospital['consents']['subjects']>>
export type Receipt = Output<Hospital['consents']['give']>
export type AccessItem = Item<Output<Hospital['access']['list']>>
export type DirectoryItem = Item<Output<CareLedgerClient['identity']['directory']>>
export type DemoPerson = Item<Output<CareLedgerClient['demo']['people']>>
export type TrustedKeys = Output<Platform['trust']>
export type Overview = Output<Platform['overview']>
export type Running = Output<Platform['running']>
export type LedgerOverview = Overview['ledgers'][number]
export type NetworkOverview = Overview['networks'][number]
export type Move = Output<Platform['moves']['read']>['move']
export type LedgerMembership = Output<Platform['membership']['list']>
export type LogEntry = Item<Output<Platform['entries']>>
export type Member = Item<Output<Platform['members']>>
export type OwnKey = Item<Output<CareLedgerClient['identity']['keys']>>
export type OutboxItem = Item<Output<Platform['outbox']['list']>>
