import type { Benchmark } from './benchmark.ts'

/** The page that `--help` prints. */
export function formatHelp(
  benchmarkName: string,
  { description, positionals = [], options = {}, measurements = {}, examples = {} }: Benchmark,
): string {
  const usage = positionals.map(({ name, isRepeated }) => `[${name}${isRepeated ? '…' : ''}]`)
  const hasMeasurements = Object.keys(measurements).length > 0
  return [
    `npm run bench -- ${[benchmarkName, ...usage, '[OPTIONS]'].join(' ')}`,
    description,
    formatSection(
      'Arguments',
      positionals.map((positional) => [positional.name, positional.description]),
    ),
    formatSection('Options', [
      ...Object.entries(options).map(([name, option]) => [
        `--${name} ${option.value}`,
        option.description + (option.default === undefined ? '' : ` (default ${option.default})`),
      ]),
      ...(hasMeasurements ? [['--only TABLE,…', 'measures only what these tables need']] : []),
      ['--help', 'prints this page'],
    ]),
    formatSection('Tables', Object.entries(measurements)),
    formatSection(
      'Examples',
      Object.entries(examples).map(([args, meaning]) => [
        `npm run bench -- ${benchmarkName} ${args}`,
        meaning,
      ]),
    ),
  ]
    .filter((section) => section !== '')
    .join('\n\n')
}

/** A title, and beneath it lines of a term and its meaning. */
export function formatSection(title: string, lines: readonly (readonly string[])[]): string {
  if (lines.length === 0) return ''
  const width = Math.max(...lines.map(([term = '']) => term.length))
  return [
    title,
    ...lines.map(([term = '', meaning = '']) => {
      const indentedMeaning = meaning.replaceAll('\n', `\n${' '.repeat(width + 4)}`)
      return `  ${term.padEnd(width)}  ${indentedMeaning}`
    }),
  ].join('\n')
}
