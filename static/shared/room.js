// @ts-check
import { merge } from "./merge.js"

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {{id: number, k: string, d: any, patch: (view: any) => any, at: number, tries: number, acked: number | null, done: () => void, fail: (why: Refused) => void}} Pending */
/**
 * What a frame made of the room. `send`: frames to send now; `changes`: events that were applied, in order;
 * `gap`: something is missing, ask for it if it does not come by itself; `drawn`: what is on screen may differ.
 * @typedef {{send: Frame[], changes: Change[], gap: boolean, drawn: boolean, retry: number | null}} Outcome
 */

const HELD_MAX = 256
const TRIES_MAX = 5

/** The server said no, in a stable word (`code`) and a sentence for people (`message`). */
export class Refused extends Error {
  /** @param {string} code @param {string} [message] */
  constructor(code, message) {
    super(message ?? code)
    this.code = code
  }
}

/**
 * One room as this tab knows it: the confirmed view at (epoch, n), events that came too early, and commands that
 * the server has not confirmed yet. No timers and no socket: frames in, outcomes out.
 */
export class Room {
  /**
   * @param {string} name "table:01J…"
   * @param {{cid: string, next(): number}} sender who numbers the commands of this tab
   * @param {{epoch: string, n: number, view: any}} [known] what the page came with
   */
  constructor(name, sender, known) {
    this.name = name
    this.sender = sender
    this.view = known?.view
    this.epoch = known?.epoch ?? ""
    this.n = known?.n ?? -1
    /** @type {Map<number, Change>} */
    this.held = new Map()
    /** @type {Map<number, Pending>} in the order in which they were given */
    this.pending = new Map()
    /** @type {Set<string>} who is here */
    this.present = new Set()
    this.pv = 0
    this.joined = false
    /** @type {string | null} why the server does not let us in */
    this.barred = null
  }

  /** The wish to enter, with what we already have. */
  get wish() {
    return this.view === undefined || !this.epoch ? { r: this.name } : { r: this.name, since: { e: this.epoch, n: this.n } }
  }

  get hasGap() {
    return this.held.size > 0
  }

  /** What is on screen: the confirmed view and, on top, what is still on its way. */
  get shown() {
    let view = this.view
    for (const one of this.pending.values()) if (view !== undefined) view = merge(view, one.patch(view) ?? {})
    return view
  }

  /** @param {Frame} frame @returns {Outcome} */
  receive(frame) {
    switch (frame.t) {
      case "ev": return this.#event(frame)
      case "snap": return this.#snap(frame)
      case "resumed": return this.#resumed(frame)
      case "ack": return this.#ack(frame)
      case "err": return this.#err(frame)
      case "pres": return this.#pres(frame)
      case "ping":
      case "head": return this.#head(frame)
      default: return nothing()
    }
  }

  /**
   * Take a command: it counts as done on screen at once, by `patch`, a merge patch of the view it is given.
   * @param {string} k @param {any} d @param {((view: any) => any) | null} patch @param {number} now
   * @returns {{frame: Frame, done: Promise<void>}} `done` rejects with `Refused`
   */
  command(k, d, patch, now) {
    const id = this.sender.next()
    const done = new Promise((resolve, reject) => {
      const one = { id, k, d, patch: patch ?? (() => null), at: now, tries: 1, acked: null, done: () => resolve(undefined), fail: reject }
      this.pending.set(id, one)
    })
    return { frame: this.#do(id), done }
  }

  /** A command that a former life of this tab had given and not seen confirmed. @param {{id: number, k: string, d: any}} one @param {number} now */
  adopt({ id, k, d }, now) {
    this.pending.set(id, { id, k, d, patch: () => null, at: now, tries: 1, acked: null, done() {}, fail() {} })
  }

  /** The oldest command that is still unanswered was given then; null when there is none. */
  get waitingSince() {
    for (const one of this.pending.values()) if (one.acked === null) return one.at
    return null
  }

  /** The command again, after the server asked for patience. @param {number} id @param {number} now @returns {Frame | null} */
  again(id, now) {
    const one = this.pending.get(id)
    if (!one || one.acked !== null) return null
    one.at = now
    one.tries += 1
    return this.#do(id)
  }

  /** The connection is gone; everything else stays. */
  lost() {
    this.joined = false
    this.held.clear()
  }

  /** @param {number} id @returns {Frame} */
  #do(id) {
    const one = /** @type {Pending} */ (this.pending.get(id))
    return { t: "do", id, r: this.name, k: one.k, d: one.d }
  }

  /** @param {Frame} frame @returns {Outcome} */
  #event(frame) {
    const change = /** @type {Change} */ (/** @type {unknown} */ (frame))
    if (this.view === undefined || change.n <= this.n) return nothing()
    if (change.n > this.n + 1) return this.#hold(change)
    const changes = [this.#apply(change)]
    for (let next = this.held.get(this.n + 1); next; next = this.held.get(this.n + 1)) changes.push(this.#apply(next))
    for (const n of this.held.keys()) if (n <= this.n) this.held.delete(n)
    this.#settle()
    return { ...nothing(), changes, gap: this.hasGap, drawn: true }
  }

  /** @param {Change} change @returns {Outcome} */
  #hold(change) {
    // A hole this deep is not filled by waiting; what we throw away comes again with the answer to `sync`.
    if (this.held.size >= HELD_MAX) this.held.clear()
    this.held.set(change.n, change)
    return { ...nothing(), gap: true }
  }

  /** @param {Change} change */
  #apply(change) {
    this.view = merge(this.view, change.d)
    this.n = change.n
    this.held.delete(change.n)
    const mine = `${this.sender.cid}:`
    if (change.m?.startsWith(mine)) this.#confirm(Number(change.m.slice(mine.length)))
    return change
  }

  /** @param {number} id */
  #confirm(id) {
    this.pending.get(id)?.done()
    this.pending.delete(id)
  }

  /** Commands that were answered with a version we have reached are part of the view by now. */
  #settle() {
    for (const one of [...this.pending.values()]) if (one.acked !== null && one.acked <= this.n) this.#confirm(one.id)
  }

  /** @param {Frame} frame @returns {Outcome} */
  #snap(frame) {
    this.view = frame.d
    this.epoch = frame.e ?? ""
    this.n = frame.n ?? 0
    this.held.clear()
    this.#settle()
    return { ...nothing(), send: this.#enter(), drawn: true }
  }

  /** @param {Frame} frame @returns {Outcome} */
  #resumed(frame) {
    this.epoch = frame.e ?? this.epoch
    return { ...nothing(), send: this.#enter(), drawn: true }
  }

  /** What is pending goes out again: committed ones answer `dup`, refused ones are refused again. @returns {Frame[]} */
  #enter() {
    const fresh = !this.joined
    this.joined = true
    this.barred = null
    return fresh ? [...this.pending.values()].filter((one) => one.acked === null).map((one) => this.#do(one.id)) : []
  }

  /** @param {Frame} frame @returns {Outcome} */
  #ack(frame) {
    const one = this.pending.get(frame.id ?? 0)
    if (!one) return nothing()
    one.acked = frame.n ?? 0
    this.#settle()
    return { ...nothing(), drawn: true }
  }

  /** @param {Frame} frame @returns {Outcome} */
  #err(frame) {
    if (frame.id === undefined) {
      this.joined = false
      this.barred = frame.retry ? null : String(frame.code)
      return { ...nothing(), drawn: true }
    }
    const one = this.pending.get(frame.id)
    if (!one) return nothing()
    if (frame.retry && one.tries < TRIES_MAX) return { ...nothing(), retry: frame.id }
    this.pending.delete(frame.id)
    one.fail(new Refused(String(frame.code), frame.msg))
    return { ...nothing(), drawn: true }
  }

  /** @param {Frame} frame @returns {Outcome} */
  #pres(frame) {
    const pv = frame.pv ?? 0
    if (!frame.full && pv <= this.pv) return nothing()
    const missed = !frame.full && pv > this.pv + 1
    this.present = new Set(frame.full ? frame.on : [...this.present, ...(frame.on ?? [])])
    for (const id of frame.off ?? []) this.present.delete(id)
    // A hole in `pv`: keep our old number, so that the question names what we have.
    if (!missed) this.pv = pv
    return { ...nothing(), drawn: true, send: missed ? [this.sync] : [] }
  }

  /** The server's newest number; another one than ours means that the last event was lost on the way. @param {Frame} frame @returns {Outcome} */
  #head(frame) {
    const ask = this.view !== undefined && frame.n !== undefined && frame.n !== this.n
    return { ...nothing(), send: ask && frame.t === "ping" ? [this.sync] : [] }
  }

  /** The question "what did I miss?". @returns {Frame} */
  get sync() {
    return { t: "sync", r: this.name, n: Math.max(this.n, 0), pv: this.pv }
  }
}

/** @returns {Outcome} */
const nothing = () => ({ send: [], changes: [], gap: false, drawn: false, retry: null })
