import type { Model } from '../model.ts'
import { completion } from './completion.ts'
import { errors } from './errors.ts'
import { type Law, checkLaw } from './law.ts'
import { lifetime } from './lifetime.ts'
import { reasoning } from './reasoning.ts'
import { sampling } from './sampling.ts'
import { stopping } from './stopping.ts'
import { stream } from './stream.ts'
import { structured } from './structured.ts'
import { tokens } from './tokens.ts'
import { tools } from './tools.ts'

export { type Law, checkLaw, Violation } from './law.ts'

/** Every law there is. */
export const laws: readonly Law[] = [
  ...stream,
  ...stopping,
  ...completion,
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
  (name: string, run: (context?: TestContext) => Promise<void>): void
  skip(name: string, run: () => Promise<void>): void
}

/** What vitest and node:test give a running test; jest gives nothing. */
export interface TestContext {
  skip?(reason?: string): unknown
}

/**
 * Registers one test per law. Laws share a model: to open one of billions of weights takes longer
 * than to check it. After a broken law, and for a law that closes it, another one is opened; the
 * last one is closed a second after it was used. A law is skipped only for a reason that
 * lies in the model: it does not claim what the law needs, or what it did left nothing to check.
 * The reason stands in the name of the test, or is given to the runner. There is no other way to
 * opt out.
 */
export async function conformance(
  test: TestRunner,
  open: () => Model | Promise<Model>,
): Promise<void> {
  const models = modelSharer(open)
  const probe = await open()
  const { name, capabilities, info } = probe
  await probe.close()

  for (const law of laws) {
    const reason = law.skipReason?.({ capabilities, info })
    if (reason !== undefined) {
      test.skip(`${name}: ${law.law} [${reason}]`, async () => {})
      continue
    }
    test(`${name}: ${law.law}`, async (context) => {
      const nothingToCheck = await models.use(law, (model) => checkLaw(law, model))
      if (nothingToCheck) context?.skip?.(nothingToCheck)
    })
  }
}

/** Milliseconds after which a model that no law uses is closed. */
const idleTime = 1_000

interface ModelSharer {
  /** Gives a law its model, and closes what the law has closed or broken. */
  use<Result>(law: Law, work: (model: Model) => Promise<Result>): Promise<Result>
}

function modelSharer(open: () => Model | Promise<Model>): ModelSharer {
  let sharedModel: Model | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  async function closeShared(): Promise<void> {
    const model = sharedModel
    sharedModel = undefined
    await model?.close()
  }

  return {
    async use({ closesModel = false }, work) {
      clearTimeout(timer)
      if (closesModel) await closeShared()
      sharedModel ??= await open()
      let isSound = false
      try {
        const result = await work(sharedModel)
        isSound = !closesModel
        return result
      } finally {
        if (!isSound) await closeShared()
        timer = setTimeout(() => void closeShared(), idleTime)
      }
    },
  }
}
