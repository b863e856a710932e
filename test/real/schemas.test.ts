import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jsonSchemaChecker } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { hasEnvironment, pythonOf } from '../../scripts/real-models/environments.ts'
import { readSchemaSuite, type SchemaCase } from '../../scripts/real-models/schemas.ts'
import { sharedData } from '../shared/shared-data.ts'
import { nameTest } from './replies.ts'
import { acceptsTexts } from './schema-grammars.ts'
import { type JudgedCase, summarize, toTexts } from './schema-figures.ts'

const folder = realFolder()
const environment = 'schemas'
/** A checkout of MaskBench, a line for each schema, where there is one; else what lies beside. */
const maskBench = process.env['NANO_MASKBENCH'] ?? sharedData('schemas/maskbench.jsonl').path

const collections = [
  {
    name: 'MaskBench',
    cases: existsSync(maskBench) ? readLines(maskBench) : undefined,
    goals: { allRight: 0.97, invalidGiven: 0, wide: 0 },
  },
  {
    name: 'JSON-Schema-Test-Suite',
    cases: readSchemaSuite(folder),
    // Three schemas name neither a type nor a key.
    goals: { allRight: 0.99, invalidGiven: 0, wide: 3 },
  },
]
const peers = ['xgrammar-strict', 'xgrammar-loose', 'llguidance']

function readLines(path: string): readonly SchemaCase[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as SchemaCase)
}

for (const { name, cases, goals } of collections) {
  const missing = cases ? undefined : 'run npm run test:real -- --prepare'
  it.skipIf(missing)(nameTest(`${name}: schemas hold`, missing), async () => {
    const judgedCases = (cases ?? []).map(judge)
    const acceptance = judgedCases.map(({ texts, schema }) => acceptsTexts(schema, texts))
    const uncheckedCases = judgedCases.map(withoutCheck)
    const askedPeers = hasEnvironment(folder, environment) ? peers : []
    const acceptanceOfPeers = await Promise.all(
      askedPeers.map((peer) => askPeer(peer, judgedCases)),
    )
    const rows = [
      summarize('nano', judgedCases, acceptance),
      summarize('nano, grammar alone', uncheckedCases, acceptance),
      ...askedPeers.map((peer, index) =>
        summarize(peer, uncheckedCases, acceptanceOfPeers[index] ?? []),
      ),
    ]
    console.table(Object.fromEntries(rows.map(({ engine, ...figures }) => [engine, figures])))

    const [nano] = rows
    expect(nano?.compiled).toBeGreaterThanOrEqual(0.99 * judgedCases.length)
    expect(nano?.validInOrder).toBeGreaterThanOrEqual(0.99 * (nano?.valid ?? 0))
    expect(nano?.allRight).toBeGreaterThanOrEqual(goals.allRight * (nano?.tested ?? 0))
    expect(nano?.invalidGiven).toBeLessThanOrEqual(goals.invalidGiven)
    expect(nano?.wide).toBeLessThanOrEqual(goals.wide)
  })
}

/** The texts of a case, and which of them the check of nano refuses. */
function judge({ id, schema, tests }: SchemaCase): JudgedCase {
  const texts = toTexts(schema, tests)
  try {
    const findFault = jsonSchemaChecker(schema as Readonly<Record<string, unknown>>, id)
    return { schema, tests, texts, refusals: texts.map((text) => findFault(text) !== undefined) }
  } catch {
    return { schema, tests, texts, refusals: undefined }
  }
}

function withoutCheck(judgedCase: JudgedCase): JudgedCase {
  return { ...judgedCase, isAlone: true }
}

type Acceptance = readonly (readonly boolean[] | undefined)[]

/** What a peer accepts, case by case; undefined where its grammar does not compile. */
async function askPeer(peer: string, judgedCases: readonly JudgedCase[]): Promise<Acceptance> {
  const path = mkdtempSync(join(tmpdir(), 'nano-schemas-'))
  const [source, target] = [join(path, 'cases.jsonl'), join(path, 'results.jsonl')]
  const lines = judgedCases.map(({ schema, texts }) => JSON.stringify({ schema, texts }))
  writeFileSync(source, lines.join('\n'))
  writeFileSync(target, '')
  const script = fileURLToPath(
    new URL('../../scripts/real-models/python/schema_peers.py', import.meta.url),
  )
  const countResults = () => readFileSync(target, 'utf8').split('\n').length - 1
  for (let firstIndex = 0; firstIndex < judgedCases.length; firstIndex = countResults()) {
    const args = [script, peer, source, target, String(firstIndex)]
    await once(spawn(pythonOf(folder, environment), args, { stdio: 'ignore' }), 'close')
    // The library ended the process.
    if (countResults() < judgedCases.length) appendFileSync(target, 'null\n')
  }
  const results = readFileSync(target, 'utf8').trim().split('\n')
  rmSync(path, { recursive: true })
  return results.map((line) => (JSON.parse(line) as readonly boolean[] | null) ?? undefined)
}
