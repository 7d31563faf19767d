import type { Component } from '../components.ts'
import type { BloodGroup } from '../groups.ts'

/** What a redistribution is planned from. Whole units, hours, minutes. */
export interface PlanInput {
  readonly banks: readonly PlanBank[]
  readonly links: readonly TransportLink[]
  readonly settings?: Partial<PlanSettings> | undefined
}

export interface PlanBank {
  /** Unique. */
  readonly bank: string
  readonly holdings: readonly Holding[]
  /** Most units of one component that it can take in, and give away, in this plan; absent: any number. */
  readonly intakeMax?: number | undefined
  readonly outputMax?: number | undefined
  /** Its figures are too old to plan with: it neither gives nor takes. */
  readonly stale?: boolean | undefined
}

export interface Holding {
  readonly component: Component
  readonly group: BloodGroup
  /** Units released for use and not reserved, with the hours left until they expire. */
  readonly lots: readonly { readonly units: number; readonly hoursLeft: number }[]
  /** Units used in a day, as forecast; may be a fraction. */
  readonly perDay: number
}

/** One way from a bank to another; where there are several, each is one. Banks without a link between them send nothing. */
export interface TransportLink {
  readonly from: string
  readonly to: string
  readonly minutes: number
  /** How many of a thousand units sent are lost or come too warm. Default 0. */
  readonly lossPermille?: number | undefined
  /** What a unit's way costs, in the points of `PlanSettings`. Default: its minutes / 10. */
  readonly cost?: number | undefined
}

/**
 * What a plan is after, in points; only their proportion matters. Defaults: a unit that ends a day's shortage is worth ten that fill a shelf, and
 * a unit saved from expiry something besides.
 */
export interface PlanSettings {
  /** A bank gives away what it holds beyond so many targets of days. Default 1. */
  readonly reserveTargets: number
  /** Worth of a unit by how short the bank is: less than a day, less than half its target, less than its target. */
  readonly worth: readonly [number, number, number]
  /** Added for a unit that would expire unused where it is. Default 60. */
  readonly saved: number
  /** Taken away where a unit goes to another group than its own, for each step down the order of preference. Default 5. */
  readonly substituted: number
}

export const defaultPlanSettings: PlanSettings = { reserveTargets: 1, worth: [1000, 300, 100], saved: 60, substituted: 5 }

/** So many units of one kind from one bank to another. */
export interface UnitMove {
  readonly from: string
  readonly to: string
  readonly component: Component
  /** The units' group, and the recipients' whose shortage they end. */
  readonly group: BloodGroup
  readonly forGroup: BloodGroup
  readonly units: number
  /** How many of them would expire unused where they are. */
  readonly saved: number
  readonly minutes: number
}
