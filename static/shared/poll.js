// @ts-check
// Where something between us and the server breaks WebSockets: the same frames over plain HTTP, by long poll.
import { get, post, Problem } from "./api.js"

/** @typedef {import("./types.js").Frame} Frame */

const WAIT_S = 20
const PAUSE_MS = 1_000
const FLOOR_MS = 5_000
/** What an answer means for the line, as the socket would have said it. @type {Record<number, number>} */
const CLOSES = { 401: 4501, 403: 4503, 404: 4503 }

/** Looks like a WebSocket to `Live`. Rooms of tables have a long poll; the floor is asked for every few seconds. */
export class PollSocket {
  constructor() {
    this.readyState = 0
    this.cid = ""
    /** @type {Map<string, {epoch: string, n: number, joined: boolean}>} */
    this.rooms = new Map()
    this.stopped = new AbortController()
    /** @type {Promise<void>} */
    this.doing = Promise.resolve()
    /** @type {() => void} */
    this.onopen = () => {}
    /** @type {(message: {data: string}) => void} */
    this.onmessage = () => {}
    /** @type {(event: {code: number}) => void} */
    this.onclose = () => {}
    // A task of its own, as with a real socket: whoever made us has set the handlers by then.
    setTimeout(() => {
      this.readyState = 1
      this.onopen()
    })
  }

  /** @param {string} text */
  send(text) {
    const frame = /** @type {Frame} */ (JSON.parse(text))
    if (frame.t === "hello") this.#hello(frame)
    // One after the other, as on a socket.
    if (frame.t === "do") this.doing = this.doing.then(() => this.#do(frame))
    // The running poll brings whatever is new; the question itself is answered with what we have seen.
    if (frame.t === "sync") this.#say({ t: "head", r: frame.r, n: this.rooms.get(frame.r ?? "")?.n })
  }

  close() {
    this.readyState = 3
    this.stopped.abort()
  }

  /** @param {Frame} frame */
  #hello(frame) {
    this.cid = String(frame.cid)
    this.#say({ t: "welcome", now: new Date().toISOString() })
    for (const wish of /** @type {any[]} */ (frame.rooms)) {
      this.rooms.set(wish.r, { epoch: wish.since?.e ?? "", n: wish.since?.n ?? -1, joined: false })
      this.#follow(wish.r)
    }
  }

  /** @param {string} r */
  async #follow(r) {
    while (this.readyState === 1) {
      try {
        if (r.startsWith("floor:")) await this.#floor(r)
        else this.#take(r, await this.#ask(r))
      } catch (problem) {
        return this.#end(problem)
      }
    }
  }

  /** @param {string} r @returns {Promise<any>} */
  #ask(r) {
    const at = /** @type {{epoch: string, n: number, joined: boolean}} */ (this.rooms.get(r))
    const since = at.n < 0 ? "" : `since=${encodeURIComponent(`${at.epoch}.${at.n}`)}&`
    // The first answer comes at once: the page wants to know that it is up to date.
    const wait = at.joined ? WAIT_S : 0
    return get(`table-sessions/${r.slice(r.indexOf(":") + 1)}/events?${since}wait=${wait}`, { timeout: (WAIT_S + 10) * 1000, signal: this.stopped.signal })
  }

  /** @param {string} r */
  async #floor(r) {
    const at = /** @type {{epoch: string, n: number, joined: boolean}} */ (this.rooms.get(r))
    if (at.joined) await new Promise((resolve) => setTimeout(resolve, FLOOR_MS))
    const d = await get("floor", { signal: this.stopped.signal })
    this.rooms.set(r, { ...at, n: at.n + 1, joined: true })
    this.#say({ t: "snap", r, e: "", n: at.n + 1, d, why: "first" })
  }

  /** @param {string} r @param {any} answer */
  #take(r, answer) {
    const at = /** @type {{epoch: string, n: number, joined: boolean}} */ (this.rooms.get(r))
    if (answer.view) this.#say({ t: "snap", r, e: answer.epoch, n: answer.version, d: answer.view, why: answer.why })
    else if (!at.joined) this.#say({ t: "resumed", r, e: answer.epoch, from: at.n, to: answer.version })
    for (const event of answer.events ?? []) this.#say(event)
    this.rooms.set(r, { epoch: answer.epoch, n: answer.version, joined: true })
    this.#say({ t: "head", r, n: answer.version })
  }

  /** @param {Frame} frame */
  async #do(frame) {
    try {
      const done = await post(`table-sessions/${String(frame.r).slice(String(frame.r).indexOf(":") + 1)}/commands`, { cid: this.cid, id: frame.id, k: frame.k, d: frame.d })
      this.#say({ t: "ack", id: frame.id, r: frame.r, n: done.n, dup: done.dup })
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      // Unanswered, it stays pending and goes out again when the line is back.
      if (problem.code !== "offline") this.#say({ t: "err", id: frame.id, r: frame.r, code: problem.code, msg: problem.message, retry: problem.status === 429 || problem.status >= 500 })
    }
  }

  /** @param {unknown} problem */
  #end(problem) {
    if (this.readyState !== 1) return
    this.readyState = 3
    const code = problem instanceof Problem ? (CLOSES[problem.status] ?? 1006) : 1006
    setTimeout(() => this.onclose({ code }), PAUSE_MS)
  }

  /** @param {Frame} frame */
  #say(frame) {
    if (this.readyState === 1) this.onmessage({ data: JSON.stringify(frame) })
  }
}
