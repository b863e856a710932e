import type { Model } from '../model.ts'
import { errors } from './errors.ts'
import { type Law, uphold } from './law.ts'
import { lifetime } from './lifetime.ts'
import { reasoning } from './reasoning.ts'
import { sampling } from './sampling.ts'
import { stopping } from './stopping.ts'
import { stream } from './stream.ts'
import { structured } from './structured.ts'
import { tokens } from './tokens.ts'
import { tools } from './tools.ts'

export { type Law, uphold, Violation } from './law.ts'

/** Every law there is. */
export const laws: readonly Law[] = [
  ...stream,
  ...stopping,
  ...reasoning,
  ...sampling,
  ...tokens,
  ...tools,
  ...structured,
  ...errors,
  ...lifetime,
]

/** The part of vitest, jest and node:test that the suite uses. */
export interface TestRunner {
  (name: string, run: () => Promise<void>): void
  skip(name: string, run: () => Promise<void>): void
}

/**
 * Registers one test per law, each on a model of its own. A law is skipped only when the model
 * does not claim the capability it needs; there is no other way to opt out.
 */
export async function conformance(
  test: TestRunner,
  open: () => Model | Promise<Model>,
): Promise<void> {
  const probe = await open()
  const { name, capabilities } = probe
  await probe.close()

  for (const law of laws) {
    if (law.needs && !law.needs(capabilities)) {
      test.skip(`${name}: ${law.law} [not claimed]`, async () => {})
      continue
    }
    test(`${name}: ${law.law}`, async () => {
      const model = await open()
      try {
        await uphold(law, model)
      } finally {
        await model.close()
      }
    })
  }
}
