import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Ends a run with what was skipped, and why, and with one plain line of counts. */
export class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: ReturnType<TestCase['result']>['state']) =>
      tests.filter((test) => test.result().state === state).length
    const broken = modules.filter((module) => module.errors().length > 0).length

    const reasons = Map.groupBy(
      tests.filter((test) => test.result().state === 'skipped'),
      (test) => test.name.match(/\[([^\]]*)\]$/)?.[1] ?? 'no reason given',
    )
    for (const [reason, skipped] of reasons)
      process.stdout.write(`skipped, ${reason}: ${skipped.length}\n`)
    process.stdout.write(
      `${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped\n`,
    )
  }
}
