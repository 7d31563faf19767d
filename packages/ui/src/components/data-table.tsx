import { useId, type ReactNode } from 'react'
import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { usePreferences } from '../session/preferences.tsx'

export interface Column<Row> {
  readonly key: string
  readonly head: string
  readonly cell: (row: Row) => ReactNode
  /** Right-aligned; its unit stands in the head. */
  readonly numeric?: boolean
  /** Left out on phones, where each row is a card with three facts. */
  readonly wideOnly?: boolean
}

interface DataTableProps<Row> {
  readonly caption: string
  readonly columns: readonly [Column<Row>, ...Column<Row>[]]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** The first cell of a row is a link that fills the row. */
  readonly to?: (row: Row) => string
  readonly current?: string | undefined
  readonly dense?: boolean
  /** Starts a group with its own head row whenever the words change. */
  readonly group?: (row: Row) => string
  readonly rowAttributes?: (row: Row) => Record<`data-${string}`, string>
}

/** A real table. On phones each row is a card; the roles are written out, since `display` would otherwise take them away. */
export function DataTable<Row>({ caption, columns, rows, rowKey, to, current, dense = false, group, rowAttributes }: DataTableProps<Row>) {
  const id = useId()
  return (
    <div className="cl-table-frame">
      <table className="cl-table" role="table" data-dense={dense || undefined} aria-labelledby={id}>
        <caption id={id} className="cl-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">{columns.map((column) => <th key={column.key} role="columnheader" scope="col" data-numeric={column.numeric || undefined} data-wide={column.wideOnly || undefined}>{column.head}</th>)}</tr>
        </thead>
        <tbody role="rowgroup">
          {rows.flatMap((row, index) => {
            const words = group?.(row)
            const before = index > 0 ? group?.(rows[index - 1] as Row) : undefined
            const key = rowKey(row)
            const body = (
              <tr key={key} role="row" data-row={to ? key : undefined} data-current={current === key || undefined} {...rowAttributes?.(row)}>
                {columns.map((column, at) => (
                  <td key={column.key} role="cell" data-label={column.head} data-numeric={column.numeric || undefined} data-wide={column.wideOnly || undefined} data-first={at === 0 || undefined}>
                    {at === 0 && to ? <Link className="cl-row-link" to={to(row)} aria-current={current === key ? 'true' : undefined} preventScrollReset>{column.cell(row)}</Link> : column.cell(row)}
                  </td>
                ))}
              </tr>
            )
            if (words === undefined || words === before) return [body]
            return [<tr key={`group-${key}`} role="row" className="cl-group"><th role="rowheader" scope="rowgroup" colSpan={columns.length}>{words}</th></tr>, body]
          })}
        </tbody>
      </table>
    </div>
  )
}

/** The next page by cursor: never a total. */
export function MoreButton({ result, count }: { readonly result: { readonly hasNextPage: boolean, readonly isFetchingNextPage: boolean, fetchNextPage(): unknown }, readonly count: number }) {
  const { t } = usePreferences()
  if (!result.hasNextPage) return null
  return <div className="cl-more"><Button variant="default" loading={result.isFetchingNextPage} onClick={() => void result.fetchNextPage()}>{t('state.more', { count })}</Button></div>
}
