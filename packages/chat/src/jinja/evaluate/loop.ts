import { typeError } from '../errors.ts'
import type { ForStatement } from '../syntax/syntax-tree.ts'
import { areEqual } from '../values/compare.ts'
import { collect } from '../values/sequence.ts'
import { isTrue } from '../values/truth.ts'
import {
  type Arguments,
  callable,
  type Instance,
  orElse,
  type Run,
  undefinedValue,
  type Value,
} from '../values/value.ts'
import { evaluate } from './evaluate.ts'
import type { Completion, Frame, Runtime } from './runtime.ts'
import { innerScope } from './scope.ts'

/** The price of a scope, beside what the body costs. */
const stepsPerIteration = 4

interface LoopFrame extends Frame {
  readonly runtime: Runtime
}

/** Runs a loop, and its `else` where nothing was looped over. */
export function executeFor(statement: ForStatement, frame: LoopFrame): Completion {
  const { scope, run } = frame
  runLoop(statement, { ...frame, values: evaluate(statement.iterable, scope, run), depth: 0 })
  return undefined
}

function runLoop(
  statement: ForStatement,
  frame: LoopFrame & { readonly values: Value; readonly depth: number },
): void {
  const { values, depth, scope, run, runtime, output } = frame
  const items = collect(values, run).filter((item) => {
    if (!statement.condition) return true
    const inner = { ...frame, scope: innerScope(scope) }
    runtime.assign(statement.target, item, inner)
    return isTrue(evaluate(statement.condition, inner.scope, run))
  })

  function recurse(callArguments: Arguments): Value {
    const [inner = null] = callArguments.positional
    return runtime.collectOutput(run, (innerOutput) =>
      runLoop(statement, { ...frame, output: innerOutput, values: inner, depth: depth + 1 }),
    )
  }

  if (items.length === 0) {
    runtime.execute(statement.otherwise, { ...frame, scope: innerScope(scope) })
    return
  }
  const position = { index: 0 }
  const loop = createLoop({
    items,
    depth,
    position,
    run,
    recurse: statement.isRecursive ? recurse : undefined,
  })
  for (const [index, item] of items.entries()) {
    run.meter.charge(stepsPerIteration)
    position.index = index
    const inner = { scope: innerScope(scope), output, run }
    inner.scope.names.set('loop', loop)
    runtime.assign(statement.target, item, inner)
    if (runtime.execute(statement.body, inner) === 'break') break
  }
}

/** The variable `loop`, which follows the loop's position. */
function createLoop({
  items,
  depth,
  position,
  run,
  recurse,
}: {
  readonly items: readonly Value[]
  readonly depth: number
  readonly position: { readonly index: number }
  readonly run: Run
  readonly recurse: ((callArguments: Arguments) => Value) | undefined
}): Instance {
  let lastChecked: Value | undefined
  const { length } = items

  function cycle({ positional }: Arguments): Value {
    if (positional.length === 0) throw typeError('no items for cycling given')
    return positional[position.index % positional.length] ?? null
  }

  function hasChanged({ positional }: Arguments): Value {
    const tuple: Value = { type: 'tuple', items: positional }
    if (lastChecked !== undefined && areEqual(lastChecked, tuple, run)) return false
    lastChecked = tuple
    return true
  }

  const attributes: Record<string, (index: number) => Value> = {
    index: (index) => BigInt(index + 1),
    index0: (index) => BigInt(index),
    revindex: (index) => BigInt(length - index),
    revindex0: (index) => BigInt(length - index - 1),
    first: (index) => index === 0,
    last: (index) => index === length - 1,
    length: () => BigInt(length),
    depth: () => BigInt(depth + 1),
    depth0: () => BigInt(depth),
    previtem: (index) =>
      orElse(items[index - 1], () => undefinedValue('there is no previous item')),
    nextitem: (index) => orElse(items[index + 1], () => undefinedValue('there is no next item')),
    cycle: () => callable('cycle', cycle),
    changed: () => callable('changed', hasChanged),
  }
  return {
    type: 'instance',
    className: 'LoopContext',
    get description() {
      return `<LoopContext ${position.index + 1}/${length}>`
    },
    readAttribute(name) {
      return Object.hasOwn(attributes, name) ? attributes[name]?.(position.index) : undefined
    },
    call(callArguments) {
      if (recurse) return recurse(callArguments)
      throw typeError("the loop must have the 'recursive' marker to be called recursively.")
    },
    length,
  }
}
