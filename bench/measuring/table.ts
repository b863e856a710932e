/** Prints a title, and beneath it a Markdown table that is aligned for reading in a terminal. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  console.log(`${title}\n\n${formatTable(head, rows)}\n`)
}

function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const formatRow = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  const rule = formatRow(widths.map((width) => '-'.repeat(width)))
  return [formatRow(head), rule, ...rows.map(formatRow)].join('\n')
}
