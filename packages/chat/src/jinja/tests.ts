import { calculate } from './evaluate/arithmetic.ts'
import { applyComparison } from './evaluate/evaluate.ts'
import { filters } from './filters/filters.ts'
import { textMethods } from './methods/text-methods.ts'
import { bindArguments } from './values/bind-arguments.ts'
import { areSame } from './values/compare.ts'
import { toText } from './text/describe.ts'
import { iterate, lengthOf } from './values/sequence.ts'
import {
  type Arguments,
  isText,
  isUndefined,
  noArguments,
  type Run,
  type Test,
  type Value,
} from './values/value.ts'

/** Every test, by its name. */
export const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['boolean', unaryTest((value) => typeof value === 'boolean')],
  ['true', unaryTest((value) => value === true)],
  ['false', unaryTest((value) => value === false)],
  ['none', unaryTest((value) => value === null)],
  ['integer', unaryTest((value) => typeof value === 'bigint')],
  ['float', unaryTest((value) => typeof value === 'number')],
  ['number', unaryTest((value) => ['bigint', 'number', 'boolean'].includes(typeof value))],
  ['string', unaryTest(isText)],
  ['mapping', unaryTest((value) => isOfType(value, 'dict'))],
  ['sequence', unaryTest(isSequence)],
  [
    'iterable',
    unaryTest((value, run) => isOfType(value, 'instance') || iterate(value, run) !== undefined),
  ],
  [
    'callable',
    unaryTest(
      (value) => isUndefined(value) || (isObject(value) && 'call' in value && Boolean(value.call)),
    ),
  ],
  ['defined', unaryTest((value) => !isUndefined(value))],
  ['undefined', unaryTest(isUndefined)],
  ['escaped', unaryTest((value) => isText(value) && value.isMarkup)],
  ['even', unaryTest((value, run) => isDivisible(value, 2n, run))],
  [
    'odd',
    unaryTest((value, run) => applyComparison('==', [calculate('%', [value, 2n], run), 1n], run)),
  ],
  ['divisibleby', binaryTest((value, other, run) => isDivisible(value, other, run))],
  ['upper', unaryTest((value, run) => hasCase(value, 'isupper', run))],
  ['lower', unaryTest((value, run) => hasCase(value, 'islower', run))],
  ['sameas', binaryTest(areSame)],
  ['filter', unaryTest((value) => isText(value) && filters.has(value.string))],
  ['test', unaryTest((value) => isText(value) && tests.has(value.string))],
  ['in', binaryTest((value, container, run) => applyComparison('in', [value, container], run))],
  ...comparisons(['==', 'eq', 'equalto'], '=='),
  ...comparisons(['!=', 'ne'], '!='),
  ...comparisons(['<', 'lt', 'lessthan'], '<'),
  ...comparisons(['<=', 'le'], '<='),
  ...comparisons(['>', 'gt', 'greaterthan'], '>'),
  ...comparisons(['>=', 'ge'], '>='),
])

function unaryTest(question: (value: Value, run: Run) => boolean): Test {
  return (value, callArguments, run) => {
    bindArguments('test', callArguments, [])
    return question(value, run)
  }
}

function binaryTest(question: (value: Value, other: Value, run: Run) => boolean): Test {
  return (value, callArguments: Arguments, run) => {
    const [other = null] = bindArguments('test', callArguments, ['other'])
    return question(value, other, run)
  }
}

function comparisons(names: readonly string[], operator: string): (readonly [string, Test])[] {
  const test = binaryTest((value, other, run) => applyComparison(operator, [value, other], run))
  return names.map((name) => [name, test] as const)
}

function isObject(value: Value): value is Extract<Value, object> {
  return typeof value === 'object' && value !== null
}

function isOfType(value: Value, type: string): boolean {
  return isObject(value) && value.type === type
}

/** What has a length and items by index or key. */
function isSequence(value: Value): boolean {
  const types = ['text', 'list', 'tuple', 'dict', 'range', 'undefined']
  return isObject(value) && types.includes(value.type) && lengthOf(value) !== undefined
}

function isDivisible(value: Value, divisor: Value, run: Run): boolean {
  return applyComparison('==', [calculate('%', [value, divisor], run), 0n], run)
}

function hasCase(value: Value, name: string, run: Run): boolean {
  return textMethods.get(name)?.(toText(value, run), noArguments, run) === true
}
