// @ts-check
// REST: problem details as errors, time-outs, and money calls that are safe to send again.

const TIMEOUT_MS = 15_000
const TRIES = 4
const KEYS = "splittable.key."

/** What the server answered instead of what we asked for. `code` is a stable word; "offline" when nothing came back. */
export class Problem extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body?.detail ?? body?.title ?? "")
    this.status = status
    /** @type {string} */
    this.code = body?.code ?? "offline"
    /** @type {any} the problem's own figures, such as both amounts of `amount_changed` */
    this.figures = body ?? {}
    /** @type {{field: string, code: string, detail: string}[]} */
    this.errors = body?.errors ?? []
  }
}

/** @typedef {{key?: string, timeout?: number, signal?: AbortSignal, headers?: Record<string, string>}} Options */

/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const get = (path, options) => call("GET", path, undefined, options)
/** @param {string} path @param {any} [body] @param {Options} [options] @returns {Promise<any>} */
export const post = (path, body, options) => call("POST", path, body ?? {}, options)
/** @param {string} path @param {any} body @param {Options} [options] @returns {Promise<any>} */
export const patch = (path, body, options) => call("PATCH", path, body, options)
/** @param {string} path @param {any} body @param {Options} [options] @returns {Promise<any>} */
export const put = (path, body, options) => call("PUT", path, body, options)
/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const del = (path, options) => call("DELETE", path, undefined, options)

/**
 * One intent of a person: the key under which the server does it once, kept over reloads until `settle`. The same
 * intent with another body is another key.
 * @param {string} intent "pay:mine" @param {any} body
 */
export function keyOf(intent, body) {
  const said = JSON.stringify(body)
  const kept = read(KEYS + intent)
  if (kept?.said === said) return /** @type {string} */ (kept.key)
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-")
  write(KEYS + intent, { key, said })
  return key
}

/** The intent has come to an end, one way or the other. @param {string} intent */
export const settle = (intent) => write(KEYS + intent, null)

/**
 * @param {string} method @param {string} path @param {any} body @param {Options} [options]
 * @returns {Promise<any>} the JSON of the answer, null without a body; rejects with `Problem`
 */
export async function call(method, path, body, options = {}) {
  const repeatable = method === "GET" || options.key !== undefined
  for (let tries = 1; ; tries += 1) {
    const answer = await once(method, path, body, options)
    const wait = answer instanceof Problem && repeatable && tries < TRIES ? patience(answer, tries) : null
    if (wait === null) return answer instanceof Problem ? Promise.reject(answer) : answer
    await new Promise((resolve) => setTimeout(resolve, wait))
    if (options.signal?.aborted) throw answer
  }
}

/** How long to wait before the same call with the same key, in ms; null: the answer stands. @param {Problem} problem @param {number} tries */
export function patience(problem, tries) {
  const again = problem.code === "offline" || problem.code === "duplicate_in_progress" || problem.status >= 502
  if (!again) return null
  return Math.max(problem.figures.retryAfter ?? 0, Math.random() * 500 * 2 ** tries)
}

/** @param {string} method @param {string} path @param {any} body @param {Options} options @returns {Promise<any>} */
async function once(method, path, body, options) {
  const limit = AbortSignal.timeout(options.timeout ?? TIMEOUT_MS)
  const headers = { accept: "application/json", ...options.headers, ...(body === undefined ? {} : { "content-type": "application/json" }), ...(options.key ? { "idempotency-key": options.key } : {}) }
  try {
    const response = await fetch(path.startsWith("/") ? path : `/api/v1/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: options.signal ? AbortSignal.any([limit, options.signal]) : limit, credentials: "same-origin" })
    const json = response.headers.get("content-type")?.includes("json") ? await response.json() : null
    if (response.ok) return response.status === 202 && json ? { ...json, accepted: true } : json
    const retryAfter = Number(response.headers.get("retry-after") ?? 0) * 1000
    return new Problem(response.status, { code: `http_${response.status}`, ...json, retryAfter })
  } catch {
    return new Problem(0, null)
  }
}

/** Where the browser forbids storage a key lives as long as the page: enough for a double tap. @type {Map<string, any>} */
const memory = new Map()

/** @param {string} name @returns {any} */
function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null")
  } catch {
    return memory.get(name)
  }
}

/** @param {string} name @param {any} value */
function write(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name)
    else sessionStorage.setItem(name, JSON.stringify(value))
  } catch {
    memory.set(name, value)
  }
}
