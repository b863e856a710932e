// The command `npm run bench -- NAME`. No test runs it: it takes minutes and an idle machine.
import type { Benchmark } from './benchmark.ts'
import { parseSelection } from './command-line.ts'
import { formatHelp, formatSection } from './help.ts'

interface BenchmarkEntry {
  readonly summary: string
  /** Imported on demand, because each one brings its neighbors' libraries. */
  load(): Promise<Benchmark>
}

const benchmarkEntries: Readonly<Record<string, BenchmarkEntry>> = {
  batch: {
    summary: 'batches by requests at once, and what the search for their number finds',
    load: async () => (await import('./batch/benchmark.ts')).batchBenchmark,
  },
  core: {
    summary: 'what the contract costs, beside the AI SDK on its own mock model',
    load: async () => (await import('./core/benchmark.ts')).coreBenchmark,
  },
  http: {
    summary: '@nano/http beside openai and the AI SDK, on a server that replays replies',
    load: async () => (await import('./http/benchmark.ts')).httpBenchmark,
  },
  'llama-cpp': {
    summary: '@nano/llama-cpp beside node-llama-cpp and llama-server',
    load: async () => (await import('./llama-cpp/benchmark.ts')).llamaCppBenchmark,
  },
  onnx: {
    summary: '@nano/onnx beside transformers.js',
    load: async () => (await import('./onnx/benchmark.ts')).onnxBenchmark,
  },
  real: {
    summary: 'real weights beside llama.cpp, its server and onnxruntime-genai',
    load: async () => (await import('./real/benchmark.ts')).realBenchmark,
  },
  schemas: {
    summary: 'what a JSON Schema costs before the first token, and at each token',
    load: async () => (await import('./schemas/benchmark.ts')).schemasBenchmark,
  },
  tiny: {
    summary: 'how many problems the embedded model answers right',
    load: async () => (await import('./tiny/benchmark.ts')).tinyBenchmark,
  },
}

const help = [
  'npm run bench -- NAME [OPTIONS]',
  'Measures nano beside its neighbors, by turns in one run, and prints tables of ratios.\n' +
    'Absolute speeds depend on the machine, so none is printed. Leave the machine idle meanwhile.',
  formatSection(
    'Names',
    Object.entries(benchmarkEntries).map(([name, { summary }]) => [name, summary]),
  ),
  'npm run bench -- NAME --help says what one of them measures, and its options.',
].join('\n\n')

await runBenchmark(process.argv.slice(2))

async function runBenchmark([name = '', ...args]: readonly string[]): Promise<void> {
  if (name === '--help' || name === '-h') return console.log(help)
  const benchmarkEntry = Object.hasOwn(benchmarkEntries, name) ? benchmarkEntries[name] : undefined
  if (!benchmarkEntry) return refuseArguments(help)
  const benchmark = await benchmarkEntry.load()
  let selection
  try {
    selection = parseSelection(benchmark, args)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const advice = `npm run bench -- ${name} --help lists what is possible.`
    return refuseArguments(`${error.message}\n\n${advice}`)
  }
  if (selection.isHelp) console.log(formatHelp(name, benchmark))
  else await benchmark.run(selection)
}

function refuseArguments(message: string): void {
  console.error(message)
  process.exitCode = 2
}
