/** Components that are kept in stock and moved between banks. */
export const COMPONENTS = ['red-cells', 'platelets', 'plasma', 'cryoprecipitate'] as const
export type Component = (typeof COMPONENTS)[number]

export interface ComponentRules {
  /** From collection, days. */
  readonly shelfLifeDays: number
  /** Storage, degrees Celsius, both inclusive. */
  readonly storage: { readonly from: number; readonly to: number }
  /** In transport, degrees Celsius, both inclusive. */
  readonly transport: { readonly from: number; readonly to: number }
  /** Stock a bank should hold, in days of its demand. */
  readonly targetDays: number
  /** Whether units thaw once and for all: then they are stock of nobody else. */
  readonly frozen: boolean
}

/**
 * What holds for each component. Shelf life and temperatures as usual in the United Kingdom (JPAC "Red Book", component
 * specifications): red cells in additive solution, platelets without bacterial screening; a service that keeps others has a table of its own. Targets: NHS Blood and Transplant's
 * published stock levels (red cells 6 days, platelets 1); for frozen components, which keep for years, a month.
 */
export const componentRules: Readonly<Record<Component, ComponentRules>> = {
  'red-cells': { shelfLifeDays: 35, storage: { from: 2, to: 6 }, transport: { from: 2, to: 10 }, targetDays: 6, frozen: false },
  platelets: { shelfLifeDays: 5, storage: { from: 20, to: 24 }, transport: { from: 20, to: 24 }, targetDays: 1, frozen: false },
  plasma: { shelfLifeDays: 1095, storage: { from: -80, to: -25 }, transport: { from: -80, to: -18 }, targetDays: 30, frozen: true },
  cryoprecipitate: { shelfLifeDays: 1095, storage: { from: -80, to: -25 }, transport: { from: -80, to: -18 }, targetDays: 30, frozen: true },
}

export function isComponent(text: string): text is Component {
  return (COMPONENTS as readonly string[]).includes(text)
}
