/** One performance claim: how to measure it, in one run with its peers. */
export interface Bench {
  readonly name: string
  /** The claim, in one sentence with its aim. */
  readonly claim: string
  run(report: Reporter): Promise<void>
}

/** One measured figure. Ratios are ours to the peer's; above 1 is better unless the unit says less is. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly note?: string | undefined
}

export interface Reporter {
  figure(figure: Figure): void
  /** A figure against the aim of the issue: says whether it is reached. */
  aim(aim: { readonly what: string; readonly value: number; readonly atLeast?: number | undefined; readonly atMost?: number | undefined; readonly unit: string }): void
  note(text: string): void
}

export interface BenchResult {
  readonly name: string
  readonly claim: string
  readonly figures: readonly Figure[]
  readonly aims: readonly { readonly what: string; readonly value: number; readonly aim: string; readonly reached: boolean; readonly unit: string }[]
  readonly notes: readonly string[]
}

export async function runBench(bench: Bench, show: (line: string) => void): Promise<BenchResult> {
  const figures: Figure[] = []
  const aims: BenchResult['aims'][number][] = []
  const notes: string[] = []
  show(`\n${bench.name}: ${bench.claim}`)
  await bench.run({
    figure(figure) {
      figures.push(figure)
      show(`  ${figure.what.padEnd(56)} ${format(figure.value).padStart(12)} ${figure.unit}${figure.note === undefined ? '' : `  (${figure.note})`}`)
    },
    aim({ what, value, atLeast, atMost, unit }) {
      const reached = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
      const aim = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
      aims.push({ what, value, aim, reached, unit })
      show(`  ${reached ? '✓' : '✗'} ${what.padEnd(54)} ${format(value).padStart(12)} ${unit}, aim: ${aim}`)
    },
    note(text) {
      notes.push(text)
      show(`  ${text}`)
    },
  })
  return { name: bench.name, claim: bench.claim, figures, aims, notes }
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
