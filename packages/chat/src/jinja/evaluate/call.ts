import { typeError } from '../errors.ts'
import { classOf, isUndefined, type Arguments, type Run, type Value } from '../values/value.ts'
import { raiseUndefined } from '../values/undefined.ts'

/** Calls a value, or throws where Python cannot. */
export function callValue(callee: Value, callArguments: Arguments, run: Run): Value {
  if (isUndefined(callee)) return raiseUndefined(callee)
  const call = typeof callee === 'object' && callee !== null && 'call' in callee && callee.call
  if (!call) throw typeError(`'${classOf(callee)}' object is not callable`)
  run.meter.enter()
  const value = call(callArguments, run)
  run.meter.leave()
  return value
}
