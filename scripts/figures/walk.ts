import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { openLlamaCpp } from '@nano/llama-cpp'

/**
 * The files of which a function runs during one `generate()` of the embedded model through
 * `@nano/llama-cpp`, as paths below `packages`. V8's coverage counts the calls.
 */
export async function listWalkedFiles(): Promise<readonly string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })

  const model = await openLlamaCpp({ model: 'tiny' })
  // Taking the coverage sets every count to zero.
  await session.post('Profiler.takePreciseCoverage')
  await model.generate({ messages: 'What is 12 + 30?' })
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await model.close()
  session.disconnect()

  const files = result
    .filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0))
    .flatMap(({ url }) => /^file:.*\/packages\/[^/]+\/src\/.*$/.exec(url)?.[0] ?? [])
    .map((url) => fileURLToPath(url).replace(/^.*\/packages\//, ''))
    .toSorted()
  if (files.length === 0) throw new Error('no sources ran: start node with -C @nano/source')
  return files
}
