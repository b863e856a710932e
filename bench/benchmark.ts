/** A subject that `npm run bench -- NAME` measures. */
export interface Benchmark {
  /** What is measured beside what, and how to read the tables. */
  readonly description: string
  /** In order; each may be left out. */
  readonly positionals?: readonly BenchmarkPositional[]
  /** Options beside `--only` and `--help`. */
  readonly options?: Readonly<Record<string, BenchmarkOption>>
  /** What `--only` can select, and what each of them prints. */
  readonly measurements?: Readonly<Record<string, string>>
  /** Command lines behind the name, and what they are good for. */
  readonly examples?: Readonly<Record<string, string>>
  run(selection: BenchmarkSelection): Promise<void>
}

interface BenchmarkPositional {
  readonly name: string
  readonly description: string
  /** What it can be; absent where it can be anything. */
  readonly choices?: readonly string[]
  /** Whether the last argument may be given many times. */
  readonly isRepeated?: boolean
}

export interface BenchmarkOption {
  readonly type: 'text' | 'count' | 'counts'
  /** What stands for the value in the help, such as `N`. */
  readonly value: string
  readonly description: string
  readonly default?: string
  /** What a text can be; absent where it can be anything. */
  readonly choices?: readonly string[]
  /** The least that a count may be; 1 where it is absent. */
  readonly minimum?: number
}

/** What the command line asks for; counts have been checked. */
export interface BenchmarkSelection {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | undefined>>
  /** Those of `--only`, or all. */
  readonly measurements: ReadonlySet<string>
}

/** The counts of an option, such as `128,1024`; absent where it was left out. */
export function readCounts(
  { options }: BenchmarkSelection,
  name: string,
): readonly number[] | undefined {
  return options[name]?.split(',').map(Number)
}

/** The count of an option that has a default. */
export function readCount(selection: BenchmarkSelection, name: string): number {
  return readCounts(selection, name)?.[0] ?? NaN
}
