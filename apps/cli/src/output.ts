import { Presets, SingleBar } from 'cli-progress'

/** What a command may write to: results to standard output, everything else to standard error. */
export interface Output {
  /** Whether the result is one JSON document. */
  readonly json: boolean
  /** The command's one result: as JSON with `--json`, otherwise the lines. */
  result(value: unknown, lines: readonly string[]): void
  /** A remark for the person; silent with `--json`. */
  note(text: string): void
  /** A progress bar on standard error where that is a terminal; a line at the end where it is not. */
  progress(title: string): Progress
}
export interface Progress {
  update(done: number, total: number): void
  end(): void
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result(value, lines) {
      process.stdout.write(json ? `${JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? member.toString() : member), 2)}\n` : lines.map((line) => `${line}\n`).join(''))
    },
    note(text) {
      if (!json) process.stderr.write(`${text}\n`)
    },
    progress: (title) => (process.stderr.isTTY && !json ? bar(title) : quiet(title, json)),
  }
}

function bar(title: string): Progress {
  const single = new SingleBar({ format: `${title} {bar} {value}/{total}`, hideCursor: true, stream: process.stderr }, Presets.shades_classic)
  let started = false
  return {
    update(done, total) {
      if (started) {
        single.setTotal(total)
        single.update(done)
      } else {
        single.start(total, done)
        started = true
      }
    },
    end() {
      if (started) single.stop()
    },
  }
}

function quiet(title: string, silent: boolean): Progress {
  let last = { done: 0, total: 0 }
  return {
    update(done, total) { last = { done, total } },
    end() {
      if (!silent) process.stderr.write(`${title}: ${last.done} of ${last.total}\n`)
    },
  }
}

/** Rows as aligned columns; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd())
}
