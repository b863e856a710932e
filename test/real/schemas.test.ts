import { spawnSync } from 'node:child_process'
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
import { jsonSchemaChecker } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { hasEnvironment, pythonOf } from '../../scripts/real-models/environments.ts'
import { readSchemaSuite, type SchemaCase } from '../../scripts/real-models/schemas.ts'
import { sharedData } from '../shared/shared-data.ts'
import { nameTest } from './replies.ts'
import { acceptsTexts } from './schema-grammars.ts'
import { type Judged, summarize, toTexts } from './schema-figures.ts'

const folder = realFolder()
const environment = 'schemas'
/** A checkout of MaskBench, a line for each schema, where there is one; else what lies beside. */
const maskBench = process.env['NANO_MASKBENCH'] ?? sharedData('schemas/maskbench.jsonl').path

const collections: Readonly<Record<string, readonly SchemaCase[] | undefined>> = {
  MaskBench: existsSync(maskBench) ? readLines(maskBench) : undefined,
  'JSON-Schema-Test-Suite': readSchemaSuite(folder),
}
const peers = ['xgrammar-strict', 'xgrammar-loose', 'llguidance']

function readLines(path: string): readonly SchemaCase[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as SchemaCase)
}

for (const [name, cases] of Object.entries(collections)) {
  const missing = cases ? undefined : 'run npm run test:real -- --prepare'
  it.skipIf(missing)(nameTest(`${name}: schemas hold`, missing), () => {
    const judged = (cases ?? []).map(judge)
    const rows = [
      summarize(
        'nano',
        judged,
        judged.map(({ texts, schema }) => acceptsTexts(schema, texts)),
      ),
      summarize(
        'nano, grammar alone',
        judged.map(withoutCheck),
        judged.map(({ texts, schema }) => acceptsTexts(schema, texts)),
      ),
    ]
    if (hasEnvironment(folder, environment))
      for (const peer of peers)
        rows.push(summarize(peer, judged.map(withoutCheck), askPeer(peer, judged)))
    console.table(Object.fromEntries(rows.map(({ engine, ...figures }) => [engine, figures])))

    const [nano] = rows
    expect(nano?.compiled).toBeGreaterThanOrEqual(0.99 * judged.length)
    expect(nano?.invalidGiven).toBe(0)
    expect(nano?.allRight).toBeGreaterThanOrEqual(0.97 * (nano?.tested ?? 0))
    expect(nano?.validInOrder).toBeGreaterThanOrEqual(0.99 * (nano?.valid ?? 0))
  })
}

/** The texts of a case, and which of them the check of nano refuses. */
function judge({ id, schema, tests }: SchemaCase): Judged {
  const texts = toTexts(schema, tests)
  try {
    const findFault = jsonSchemaChecker(schema as Readonly<Record<string, unknown>>, id)
    return { schema, tests, texts, refused: texts.map((text) => findFault(text) !== undefined) }
  } catch {
    return { schema, tests, texts, refused: undefined }
  }
}

function withoutCheck(judged: Judged): Judged {
  return { ...judged, isAlone: true }
}

/** What a peer accepts, case by case; undefined where its grammar does not compile. */
function askPeer(
  peer: string,
  judged: readonly Judged[],
): readonly (readonly boolean[] | undefined)[] {
  const path = mkdtempSync(join(tmpdir(), 'nano-schemas-'))
  const [source, target] = [join(path, 'cases.jsonl'), join(path, 'results.jsonl')]
  writeFileSync(
    source,
    judged.map(({ schema, texts }) => JSON.stringify({ schema, texts })).join('\n'),
  )
  writeFileSync(target, '')
  const script = new URL('../../scripts/real-models/python/schema_peers.py', import.meta.url)
    .pathname
  const countLines = () => readFileSync(target, 'utf8').split('\n').length - 1
  while (countLines() < judged.length) {
    const first = countLines()
    spawnSync(pythonOf(folder, environment), [script, peer, source, target, String(first)], {
      timeout: 600_000,
      stdio: 'ignore',
    })
    // The library crashed, or takes too long for one case.
    if (countLines() < judged.length) appendFileSync(target, 'null\n')
  }
  const lines = readFileSync(target, 'utf8').trim().split('\n')
  rmSync(path, { recursive: true })
  return lines.map((line) => (JSON.parse(line) as readonly boolean[] | null) ?? undefined)
}
