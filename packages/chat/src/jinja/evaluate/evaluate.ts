import { typeError } from '../errors.ts'
import type { ArgumentNodes, Expression, FilterCall } from '../syntax/syntax-tree.ts'
import { areEqual, compareValues, includesValue } from '../values/compare.ts'
import { toText } from '../text/describe.ts'
import { dictOf, keyOf } from '../values/keys.ts'
import { collect, iterate } from '../values/sequence.ts'
import { joinTexts } from '../text/text.ts'
import { isTrue } from '../values/truth.ts'
import { refuseUndefined } from '../values/undefined.ts'
import { toEntries } from '../values/to-entries.ts'
import {
  type Arguments,
  classOf,
  isText,
  list,
  noArguments,
  type Run,
  tuple,
  undefinedValue,
  type Value,
} from '../values/value.ts'
import { applySign, calculate } from './arithmetic.ts'
import { callValue } from './call.ts'
import { readAttribute, readItem } from './lookup.ts'
import { readName, type Scope } from './scope.ts'
import { sliceValue } from './slice.ts'

/** The value of an expression. */
export function evaluate(expression: Expression, scope: Scope, run: Run): Value {
  run.meter.charge(1)
  run.meter.enter()
  const value = evaluateNode(expression, scope, run)
  run.meter.leave()
  return value
}

function evaluateNode(node: Expression, scope: Scope, run: Run): Value {
  switch (node.type) {
    case 'constant':
      return node.value
    case 'name':
      return readName(scope, node.name)
    case 'list':
      return list(evaluateAll(node.items, scope, run))
    case 'tuple':
      return tuple(evaluateAll(node.items, scope, run))
    case 'dict':
      return dictOf(
        node.entries.map(
          ([key, value]) => [evaluate(key, scope, run), evaluate(value, scope, run)] as const,
        ),
        run,
      )
    case 'conditional':
      if (isTrue(evaluate(node.condition, scope, run))) return evaluate(node.value, scope, run)
      if (node.otherwise) return evaluate(node.otherwise, scope, run)
      return undefinedValue(
        'the inline if-expression evaluated to false and no else section was defined.',
      )
    case 'and': {
      const left = evaluate(node.left, scope, run)
      return isTrue(left) ? evaluate(node.right, scope, run) : left
    }
    case 'or': {
      const left = evaluate(node.left, scope, run)
      return isTrue(left) ? left : evaluate(node.right, scope, run)
    }
    case 'not':
      return !isTrue(evaluate(node.operand, scope, run))
    case 'compare':
      return evaluateComparison(node, scope, run)
    case 'binary': {
      const left = evaluate(node.left, scope, run)
      return calculate(node.operator, [left, evaluate(node.right, scope, run)], run)
    }
    case 'sign':
      return applySign(node.operator, evaluate(node.operand, scope, run))
    case 'concat': {
      const texts = node.parts.map((part) => toText(evaluate(part, scope, run), run))
      run.meter.chargeText(texts.reduce((sum, { string }) => sum + string.length, 0))
      return joinTexts(texts)
    }
    case 'attribute':
      return readAttribute(evaluate(node.object, scope, run), node.name, run)
    case 'item': {
      const object = evaluate(node.object, scope, run)
      return readItem(object, evaluate(node.index, scope, run), run)
    }
    case 'slice': {
      const object = evaluate(node.object, scope, run)
      const bounds = node.bounds.map((bound) => bound && evaluate(bound, scope, run))
      return sliceValue(object, bounds, run)
    }
    case 'call': {
      const callee = evaluate(node.callee, scope, run)
      return callValue(callee, evaluateArguments(node.arguments, scope, run), run)
    }
    case 'filter':
      return applyFilter(node.filter, evaluate(node.input, scope, run), { scope, run })
    case 'test': {
      const test = run.findTest(node.name)
      const input = evaluate(node.input, scope, run)
      return test(input, evaluateArguments(node.arguments, scope, run), run)
    }
  }
}

function evaluateAll(nodes: readonly Expression[], scope: Scope, run: Run): Value[] {
  run.meter.chargeItems(nodes.length)
  return nodes.map((node) => evaluate(node, scope, run))
}

export function applyFilter(
  { name, arguments: argumentNodes }: FilterCall,
  input: Value,
  { scope, run }: { readonly scope: Scope; readonly run: Run },
): Value {
  const filter = run.findFilter(name)
  return filter(input, evaluateArguments(argumentNodes, scope, run), run)
}

export function evaluateArguments(argumentNodes: ArgumentNodes, scope: Scope, run: Run): Arguments {
  const { positional, named, spread, namedSpread } = argumentNodes
  if (positional.length + named.length === 0 && !spread && !namedSpread) return noArguments
  const values = positional.map((node) => evaluate(node, scope, run))
  if (spread) for (const value of collect(evaluate(spread, scope, run), run)) values.push(value)

  const namedValues = new Map<string, Value>()
  for (const [name, node] of named) namedValues.set(name, evaluate(node, scope, run))
  const entries = namedSpread ? toEntries(evaluate(namedSpread, scope, run), run) : []
  for (const [key, value] of entries) {
    if (!isText(key)) throw typeError('keywords must be strings')
    if (namedValues.has(key.string))
      throw typeError(`got multiple values for keyword argument '${key.string}'`)
    namedValues.set(key.string, value)
  }
  return { positional: values, named: namedValues }
}

function evaluateComparison(
  { first, rest }: Extract<Expression, { type: 'compare' }>,
  scope: Scope,
  run: Run,
): boolean {
  let left = evaluate(first, scope, run)
  for (const { operator, value } of rest) {
    const right = evaluate(value, scope, run)
    if (!applyComparison(operator, [left, right], run)) return false
    left = right
  }
  return true
}

/** Whether `left operator right` is true. */
export function applyComparison(
  operator: string,
  [left, right]: readonly [Value, Value],
  run: Run,
): boolean {
  switch (operator) {
    case '==':
      return areEqual(left, right, run)
    case '!=':
      return !areEqual(left, right, run)
    case 'in':
      return isIn(left, right, run)
    case 'not in':
      return !isIn(left, right, run)
  }
  refuseUndefined(left, right)
  const order = compareValues(left, right, run)
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

/** `item in container` of Python. */
function isIn(item: Value, container: Value, run: Run): boolean {
  if (isText(container)) {
    if (!isText(item))
      throw typeError(`'in <string>' requires string as left operand, not ${classOf(item)}`)
    run.meter.chargeText(container.string.length)
    run.meter.chargeSearch(container.string.length, item.string.length)
    return container.string.includes(item.string)
  }
  if (typeof container === 'object' && container !== null) {
    if (container.type === 'dict') return container.entries.has(keyOf(item, run))
    if (container.type === 'view' && container.kind === 'keys')
      return container.dict.entries.has(keyOf(item, run))
  }
  const values = iterate(container, run)
  if (!values) throw typeError(`argument of type '${classOf(container)}' is not iterable`)
  return includesValue(values, item, run)
}
