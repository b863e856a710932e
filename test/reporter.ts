import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Ends a run with what was skipped, and why, and with one plain line of counts. */
export class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: ReturnType<TestCase['result']>['state']) =>
      tests.filter((test) => test.result().state === state).length
    const brokenModules = modules.filter((module) => module.errors().length > 0)
    const failedCount = count('failed') + brokenModules.length

    const reasons = Map.groupBy(
      tests.filter((test) => test.result().state === 'skipped'),
      (test) => findReason(test) ?? 'no reason given',
    )
    for (const [reason, skipped] of reasons)
      process.stdout.write(`skipped, ${reason}: ${skipped.length}\n`)
    process.stdout.write(
      `${count('passed')} passed, ${failedCount} failed, ${count('skipped')} skipped\n`,
    )
  }
}

/**
 * The reason stands in brackets at the end of the test's name, or of a group's that it is in, or
 * was given by the test while it ran.
 */
function findReason(test: TestCase): string | undefined {
  const [, reason] = [...test.fullName.matchAll(/\[([^\]]*)\](?= > |$)/g)].at(-1) ?? []
  const result = test.result()
  return reason ?? (result.state === 'skipped' ? result.note : undefined)
}
