// @ts-check
// What the staff pages ask of the server. A command has its number, so that sending it again does it once.
import { Problem, call } from "../shared/api.js"
import { newCid } from "../shared/sender.js"
import { say } from "../shared/message.js"
import { sentence } from "./words.js"

/** A browser may also hold a guest's cookie of the same table: here it always speaks for the staff. */
const STAFF = { "x-acting-as": "staff" }
const TRIES = 3
const cid = newCid()
let last = 0

/** @param {string} path */
export const read = (path) => call("GET", path, undefined, { headers: STAFF })

/** @param {string} method @param {string} path @param {any} [body] @param {string} [key] */
export const ask = (method, path, body = {}, key) => call(method, path, body, { headers: STAFF, ...(key ? { key } : {}) })

/** A command of api.md on one visit. @param {string} session @param {string} k @param {any} d */
export async function command(session, k, d) {
  last += 1
  const body = { cid, id: last, k, d }
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask("POST", `table-sessions/${session}/commands`, body)
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code !== "offline" || tries === TRIES) throw problem
    }
  }
}

/**
 * Do it, and say so in one calm line if it did not work.
 * @template T
 * @param {Promise<T>} doing @param {string} [done] what to say when it worked
 * @returns {Promise<T | undefined>}
 */
export async function tell(doing, done) {
  try {
    const result = await doing
    if (done) say({ text: done, kind: "good" })
    return result
  } catch (problem) {
    say({ text: sentence(/** @type {any} */ (problem)), kind: "bad" })
    return undefined
  }
}
