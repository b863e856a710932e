import { parseArgs } from 'node:util'
import type { Benchmark, BenchmarkOption, BenchmarkSelection } from './benchmark.ts'

/** Throws a TypeError that says what is wrong and what is possible. */
export function parseSelection(
  { positionals: knownPositionals = [], options = {}, measurements = {} }: Benchmark,
  args: readonly string[],
): BenchmarkSelection & { readonly isHelp: boolean } {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(
        Object.keys(options).map((name) => [name, { type: 'string' } as const]),
      ),
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { only, help, ...givenOptions } = values as Readonly<Record<string, string | undefined>> & {
    readonly help: boolean
  }
  if (positionals.length > knownPositionals.length && !knownPositionals.at(-1)?.isRepeated)
    throw new TypeError(`there is no argument ${positionals.at(-1)}`)
  for (const [index, { name, choices }] of knownPositionals.entries())
    checkChoice(name, positionals[index], choices)
  const measurementNames = Object.keys(measurements)
  const selectedNames = only?.split(',') ?? measurementNames
  for (const measurement of selectedNames) checkChoice('--only', measurement, measurementNames)
  return {
    positionals,
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        checkOption(name, option, givenOptions[name] ?? option.default),
      ]),
    ),
    measurements: new Set(selectedNames),
    isHelp: help,
  }
}

function checkChoice(
  name: string,
  value: string | undefined,
  choices: readonly string[] | undefined,
): void {
  if (value === undefined || !choices || choices.includes(value)) return
  throw new TypeError(
    choices.length > 0
      ? `expected ${name} to be one of ${choices.join(', ')}, got ${value}`
      : `there is no ${name} here`,
  )
}

function checkOption(
  name: string,
  { type, choices, minimum = 1 }: BenchmarkOption,
  value: string | undefined,
): string | undefined {
  checkChoice(`--${name}`, value, choices)
  if (value === undefined || type === 'text') return value
  const counts = type === 'counts' ? value.split(',') : [value]
  for (const count of counts)
    if (!Number.isInteger(Number(count)) || Number(count) < minimum)
      throw new TypeError(`expected --${name} to be ${minimum} or more, got ${count}`)
  return value
}
