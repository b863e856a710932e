import { calculate } from './evaluate/arithmetic.ts'
import { holds } from './evaluate/evaluate.ts'
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
  ['boolean', asks((value) => typeof value === 'boolean')],
  ['true', asks((value) => value === true)],
  ['false', asks((value) => value === false)],
  ['none', asks((value) => value === null)],
  ['integer', asks((value) => typeof value === 'bigint')],
  ['float', asks((value) => typeof value === 'number')],
  ['number', asks((value) => ['bigint', 'number', 'boolean'].includes(typeof value))],
  ['string', asks(isText)],
  ['mapping', asks((value) => isOfType(value, 'dict'))],
  ['sequence', asks(isSequence)],
  [
    'iterable',
    asks((value, run) => isOfType(value, 'instance') || iterate(value, run) !== undefined),
  ],
  [
    'callable',
    asks(
      (value) => isUndefined(value) || (isObject(value) && 'call' in value && Boolean(value.call)),
    ),
  ],
  ['defined', asks((value) => !isUndefined(value))],
  ['undefined', asks(isUndefined)],
  ['escaped', asks((value) => isText(value) && value.isMarkup)],
  ['even', asks((value, run) => isDivisible(value, 2n, run))],
  ['odd', asks((value, run) => holds('==', [calculate('%', [value, 2n], run), 1n], run))],
  ['divisibleby', asksAbout((value, divisor, run) => isDivisible(value, divisor, run))],
  ['upper', asks((value, run) => hasCase(value, 'isupper', run))],
  ['lower', asks((value, run) => hasCase(value, 'islower', run))],
  ['sameas', asksAbout(areSame)],
  ['filter', asks((value) => isText(value) && filters.has(value.string))],
  ['test', asks((value) => isText(value) && tests.has(value.string))],
  ['in', asksAbout((value, container, run) => holds('in', [value, container], run))],
  ...comparisons(['==', 'eq', 'equalto'], '=='),
  ...comparisons(['!=', 'ne'], '!='),
  ...comparisons(['<', 'lt', 'lessthan'], '<'),
  ...comparisons(['<=', 'le'], '<='),
  ...comparisons(['>', 'gt', 'greaterthan'], '>'),
  ...comparisons(['>=', 'ge'], '>='),
])

function asks(question: (value: Value, run: Run) => boolean): Test {
  return (value, given, run) => {
    bindArguments('test', given, [])
    return question(value, run)
  }
}

function asksAbout(question: (value: Value, otherValue: Value, run: Run) => boolean): Test {
  return (value, given: Arguments, run) => {
    const [other = null] = bindArguments('test', given, ['other'])
    return question(value, other, run)
  }
}

function comparisons(names: readonly string[], operator: string): (readonly [string, Test])[] {
  const test = asksAbout((value, otherValue, run) => holds(operator, [value, otherValue], run))
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
  return holds('==', [calculate('%', [value, divisor], run), 0n], run)
}

function hasCase(value: Value, name: string, run: Run): boolean {
  return textMethods.get(name)?.(toText(value, run), noArguments, run) === true
}
